from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from azure.storage.blob import BlobBlock, ContentSettings

from batchff.errors import NotFoundError, TransferError
from batchff.events.download import DownloadEnded, FileDownloaded
from batchff.model.items import Output
from batchff.node.files import KEPT_MARK
from batchff.pipeline.parallel import StopFlag
from batchff.pipeline.transfer.downloader import Downloader, Fetched
from tests.pipeline.recorder import Recorder
from tests.pipeline.transfer.downloads import OUTPUTS, fetch, put, tree
from tests.storage_servers import StorageServer


def test_an_output_whose_bytes_arent_those_that_were_stored_is_refused(
    storage_server: StorageServer, home: Path
) -> None:
    put(storage_server, {"good.mp3": b"good"})
    # The MD5 that comes with a block list isn't compared by the service.
    client = storage_server.server.client()
    blob = client.get_blob_client(storage_server.container, "job/media/bad.mp3")
    blob.stage_block("AAAA", b"bad, whole")
    wrong = ContentSettings(content_md5=bytearray(hashlib.md5(b"what it was").digest()))
    blob.commit_block_list([BlobBlock("AAAA")], content_settings=wrong)
    with pytest.raises(TransferError, match="did not arrive whole .its MD5 isn't the stored one"):
        fetch(storage_server, home)
    assert tree(home) == {"good.mp3": b"good"}


def test_one_output_is_brought_by_its_name_alone(storage_server: StorageServer, home: Path) -> None:
    put(storage_server, OUTPUTS)
    recorder = Recorder()
    downloader = Downloader(home, storage_server.container, storage_server.storage(), recorder)
    mine = Output("b/mine.mp3", "job/media/city.mp3")
    assert downloader.download(mine, StopFlag()) is Fetched.NEW
    assert tree(home) == {"b/mine.mp3": b"city"}
    assert downloader.download(mine, StopFlag()) is Fetched.UNCHANGED
    with pytest.raises(NotFoundError):
        downloader.download(Output("c.mp3", "job/media/gone.mp3"), StopFlag())
    place = str(home / "b/mine.mp3")
    assert recorder.of(FileDownloaded) == [
        FileDownloaded("b/mine.mp3", place, 4, skipped=False),
        FileDownloaded("b/mine.mp3", place, 4, skipped=True),
    ]


def test_outputs_have_the_modes_of_ordinary_files(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    mask = os.umask(0o022)
    try:
        fetch(emulated_storage, home)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((home / "a.mp3").stat().st_mode) == 0o644


def test_outputs_get_their_sources_time_also_where_they_are_unchanged(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"sound"})
    for time in (10**18 + 5, 10**18):
        output = Output("a.mp3", "job/media/a.mp3", modified_ns=time)
        fetch(emulated_storage, home, planned=[output])
        assert (home / "a.mp3").stat().st_mtime_ns == time


def test_a_file_of_its_sources_time_isnt_taken_for_unchanged_by_that(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.wav": b"new sound"})
    home.mkdir()
    (home / "a.wav").write_bytes(b"old sound")
    os.utime(home / "a.wav", ns=(10**18, 10**18))
    output = Output("a.wav", "job/media/a.wav", modified_ns=10**18)
    with pytest.raises(TransferError, match="is there already, and isn't the same"):
        fetch(emulated_storage, home, planned=[output])
    assert tree(home) == {"a.wav": b"old sound"}


def test_a_former_output_is_replaced_and_what_the_user_made_of_it_isnt(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"former"})
    fetch(emulated_storage, home)
    storage, container = emulated_storage.storage(), emulated_storage.container
    former = storage.blob_info(container, "job/media/a.mp3")
    storage.upload_bytes(container, "next/media/a.mp3", b"the new one", {})
    output = Output("a.mp3", "next/media/a.mp3")
    for content, replaced in ((b"former", True), (b"my own", False)):
        (home / "a.mp3").write_bytes(content)
        downloader = Downloader(home, container, storage, Recorder(), former={"a.mp3": [former]})
        if replaced:
            assert downloader.download(output, StopFlag()) is Fetched.NEW
            assert (home / "a.mp3").read_bytes() == b"the new one"
        else:
            with pytest.raises(TransferError, match="is there already"):
                downloader.download(output, StopFlag())
            assert (home / "a.mp3").read_bytes() == content


def test_where_a_source_is_kept_nothing_is_put(emulated_storage: StorageServer, home: Path) -> None:
    put(emulated_storage, {"a.mp4": KEPT_MARK, "b.mp4": b"x" * len(KEPT_MARK)})
    recorder = Recorder()

    fetch(emulated_storage, home, recorder)

    for unchanged in (0, 1):
        assert set(tree(home)) == {"b.mp4"}
        assert recorder.of(DownloadEnded)[-1] == DownloadEnded(1, unchanged, kept=1)
        assert [event.file for event in recorder.of(FileDownloaded)] == ["b.mp4"] * (unchanged + 1)
        fetch(emulated_storage, home, recorder)
