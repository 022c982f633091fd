from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import TransferError
from batchff.events.upload import FilesCarried
from batchff.model.items import Output
from batchff.pipeline.outputs import output_place
from batchff.pipeline.selection import Selection
from batchff.pipeline.sources import find_media
from batchff.pipeline.transfer.carry import carried_outputs, carry
from batchff.pipeline.transfer.download import download
from tests.pipeline.recorder import Recorder
from tests.pipeline.test_sources import fill
from tests.storage_servers import StorageServer

CARRY = Selection(carry=("*.srt",))


def test_carried_files_are_downloaded_as_the_jobs_outputs_are(
    storage_server: StorageServer, tmp_path: Path
) -> None:
    fill(tmp_path / "in", "a.mov", "a.srt", "b/c 1.srt", content=b"text")
    found = find_media([tmp_path / "in"], CARRY)
    storage, container = storage_server.storage(), storage_server.container
    storage.ensure_container(container, {})
    recorder = Recorder()
    carry(found.carried, "job", container, storage, recorder)
    assert recorder.of(FilesCarried) == [FilesCarried(2)]
    etags = {blob.name: blob.etag for blob in storage.list_blobs(container)}

    # The outputs that are planned have their source's time, and so have carried files then.
    output = Output("a.mp3", "job/media/a.mp3", modified_ns=10**18)
    storage.upload_bytes(container, output.blob, b"sound", {})
    out = tmp_path / "out"
    download(
        output_place("job", container),
        folder=out,
        storage=storage,
        reporter=recorder,
        planned=[output],
    )
    times = {path.name: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert times == {
        "a.mp3": 10**18,
        **{file.path.name: file.modified_ns for file in found.carried},
    }

    # What is there unchanged isn't sent again; a changed file is.
    fill(tmp_path / "in", "a.srt", content=b"longer text")
    again = find_media([tmp_path / "in"], CARRY)
    carry(again.carried, "job", container, storage, recorder)
    changed = {
        blob.name for blob in storage.list_blobs(container) if blob.etag != etags.get(blob.name)
    }
    assert changed == {"job/media/a.srt", output.blob}


def test_a_file_that_cant_be_sent_doesnt_stop_the_others(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    found = find_media([fill(tmp_path, "a.mov", "a.srt", "b.srt")], CARRY)
    (tmp_path / "a.srt").unlink()
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, {})
    recorder = Recorder()
    with pytest.raises(TransferError, match="1 of 2 files to carry were not sent: can't read 'a.s"):
        carry(found.carried, "job", container, storage, recorder)
    assert recorder.of(FilesCarried) == [FilesCarried(1)]


def test_carried_files_have_their_own_time_only_where_times_are_kept(tmp_path: Path) -> None:
    found = find_media([fill(tmp_path, "a.mov", "a.srt")], CARRY)
    (plain,) = carried_outputs(found.carried, "job")
    (timed,) = carried_outputs(found.carried, "job", keep_times=True)
    assert plain == Output("a.srt", "job/media/a.srt")
    assert timed.modified_ns == (tmp_path / "a.srt").stat().st_mtime_ns
