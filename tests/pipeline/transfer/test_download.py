from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.emulator.launch import Connection
from batchff.errors import NotFoundError, TransferError
from batchff.events import Event
from batchff.events.download import BytesDownloaded, DownloadStarted, FileDownloaded
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Output
from batchff.model.places import BlobPlace
from batchff.model.stamp import stamp
from batchff.pipeline.job.lookup import outputs_of, require_our_job
from batchff.pipeline.outputs import output_place
from batchff.pipeline.transfer.download import Downloaded, download
from tests.pipeline.recorder import Recorder
from tests.pipeline.transfer.download_process import begun_download
from tests.pipeline.transfer.downloads import OUTPUTS, fetch, put, tree
from tests.storage_servers import StorageServer, write_random

MIB = 1024 * 1024


def test_outputs_come_home_in_the_same_tree(storage_server: StorageServer, home: Path) -> None:
    put(storage_server, OUTPUTS)
    recorder = Recorder()
    downloaded = fetch(storage_server, home, recorder)
    assert tree(home) == OUTPUTS
    assert downloaded == Downloaded(home, files=5, unchanged=0, bytes=20)
    assert recorder.of(DownloadStarted) == [DownloadStarted(5, 20)]
    assert sum(event.bytes for event in recorder.of(BytesDownloaded)) == 20
    home_of_city = str(home / "city.mp3")
    assert FileDownloaded("city.mp3", home_of_city, 4, False) in recorder.events


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 9 * MIB])
def test_outputs_are_identical_to_the_byte(
    size: int, storage_server: StorageServer, home: Path, tmp_path: Path
) -> None:
    write_random(tmp_path / "source", size)
    content = (tmp_path / "source").read_bytes()
    put(storage_server, {"a.mp3": content})
    fetch(storage_server, home)
    assert (home / "a.mp3").read_bytes() == content


def test_only_the_jobs_own_outputs_come(emulated_storage: StorageServer, home: Path) -> None:
    put(emulated_storage, {"a.mp3": b"a"})
    storage = emulated_storage.storage()
    for name in ("job/logs/a/stderr.txt", "job-2/media/b.mp3", "job/media/"):
        storage.upload_bytes(emulated_storage.container, name, b"other", {})
    fetch(emulated_storage, home)
    assert tree(home) == {"a.mp3": b"a"}


def test_a_job_without_outputs_brings_nothing(emulated_storage: StorageServer, home: Path) -> None:
    put(emulated_storage, {})
    assert fetch(emulated_storage, home) == Downloaded(home, 0, 0, 0)
    assert not home.exists()


def test_what_is_at_home_isnt_fetched_again(storage_server: StorageServer, home: Path) -> None:
    put(storage_server, OUTPUTS)
    fetch(storage_server, home)
    # Of one the time was lost, as by a copy: its MD5 decides.
    os.utime(home / "city.mp3", (1, 1))
    again = Recorder()
    assert fetch(storage_server, home, again).unchanged == 5
    assert all(event.skipped for event in again.of(FileDownloaded))
    assert not again.of(BytesDownloaded)


def test_a_file_is_seen_at_its_place_only_when_it_is_whole(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    seen: list[dict[str, bytes]] = []

    def look(event: Event) -> None:
        if isinstance(event, BytesDownloaded):
            seen.append(tree(home))

    fetch(emulated_storage, home, Recorder(look))
    assert seen
    for files in seen:
        assert [name.startswith(".batchff-") for name in files] == [True]
    assert tree(home) == {"a.mp3": b"made"}


def test_a_rest_of_an_earlier_attempt_is_no_obstacle(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    left: list[Path] = []

    def copy_the_partial_file(event: Event) -> None:
        if isinstance(event, BytesDownloaded):
            left.extend(home.iterdir())

    fetch(emulated_storage, home, Recorder(copy_the_partial_file))
    (home / "a.mp3").unlink()
    left[0].write_bytes(b"cut off when the power failed, and longer")
    fetch(emulated_storage, home)
    assert tree(home) == {"a.mp3": b"made"}


def test_a_container_that_is_gone_has_no_outputs(
    emulated_storage: StorageServer, home: Path
) -> None:
    assert fetch(emulated_storage, home) == Downloaded(home, 0, 0, 0)


def test_an_output_that_vanishes_is_told_and_leaves_nothing(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made", "b.mp3": b"made"})
    storage = emulated_storage.storage()

    def remove(event: Event) -> None:
        if isinstance(event, DownloadStarted):
            storage.delete_blob(emulated_storage.container, "job/media/a.mp3")

    with pytest.raises(TransferError, match="1 of 2 outputs aren't downloaded: .*BlobNotFound"):
        fetch(emulated_storage, home, Recorder(remove))
    assert tree(home) == {"b.mp3": b"made"}


def test_an_interrupt_leaves_nothing_half_fetched(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {f"{number}.mp3": b"made" for number in range(20)})

    def interrupt(event: Event) -> None:
        if isinstance(event, FileDownloaded):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(emulated_storage, home, Recorder(interrupt))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batchff")]
    assert set(tree(home).values()) == {b"made"}
    assert not [name for name in tree(home) if name.startswith(".")]


# Several at one folder


def after(count: int, act: Callable[[], None]) -> Recorder:
    """Act once, when so many bytes have come; the download waits for it."""
    come = 0

    def look(event: Event) -> None:
        nonlocal come
        if isinstance(event, BytesDownloaded):
            before, come = come, come + event.bytes
            if before < count <= come:
                act()

    return Recorder(look)


def put_random(to: StorageServer, folder: Path, size: int = 9 * MIB) -> bytes:
    write_random(folder / "source", size)
    content = (folder / "source").read_bytes()
    put(to, {"a.mp3": content})
    return content


def test_a_second_download_that_is_killed_does_no_harm(
    emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    content = put_random(emulated_storage, tmp_path)

    def begin_and_kill_another() -> None:
        with begun_download(emulated_storage, home) as process:
            process.kill()

    fetch(emulated_storage, home, after(5 * MIB, begin_and_kill_another))
    left = tree(home)
    assert left.pop("a.mp3") == content
    assert [name.startswith(".batchff-") for name in left] == [True]
    assert fetch(emulated_storage, home).unchanged == 1
    assert tree(home) == {"a.mp3": content}


def test_two_downloads_at_a_time_both_end_well(
    emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    content = put_random(emulated_storage, tmp_path)
    with (
        begun_download(emulated_storage, home) as one,
        begun_download(emulated_storage, home) as other,
    ):
        said = [process.communicate("go on\n", timeout=60)[0] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0]
    assert said == ["0\n", "1\n"]
    assert tree(home) == {"a.mp3": content}


def test_two_downloads_at_a_time_may_both_overwrite(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    home.mkdir()
    (home / "a.mp3").write_bytes(b"mine")

    def bring_another() -> None:
        assert fetch(emulated_storage, home, overwrite=True).unchanged == 0

    assert fetch(emulated_storage, home, after(1, bring_another), overwrite=True).unchanged == 0
    assert tree(home) == {"a.mp3": b"made"}


def test_a_different_file_that_comes_meanwhile_stays(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})

    def write_another() -> None:
        (home / "a.mp3").write_bytes(b"mine")

    with pytest.raises(TransferError, match="is there already, and isn't the same"):
        fetch(emulated_storage, home, after(1, write_another))
    assert tree(home) == {"a.mp3": b"mine"}


@pytest.mark.parametrize("size", [0, 5 * MIB + 1])
def test_a_file_that_another_program_changes_meanwhile_is_refused(
    size: int, emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put_random(emulated_storage, tmp_path)

    def cut() -> None:
        (partial,) = home.iterdir()
        os.truncate(partial, size)

    with pytest.raises(TransferError, match="another program changed its file to [0-9]+ bytes"):
        fetch(emulated_storage, home, after(5 * MIB, cut))
    assert not tree(home)


# Links that wait in the folder


def test_a_link_at_the_name_that_partial_files_had_is_not_followed(
    emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    (tmp_path / "mine").write_bytes(b"mine")
    home.mkdir()
    name = hashlib.sha256(b"job/media/a.mp3").hexdigest()[:16]
    (home / f".batchff-{name}").symlink_to(tmp_path / "mine")
    fetch(emulated_storage, home)
    assert (home / "a.mp3").read_bytes() == b"made"
    assert not (home / "a.mp3").is_symlink()
    assert (tmp_path / "mine").read_bytes() == b"mine"


# Where a job's outputs are


def make_job(job: str, connection: Connection, metadata: dict[str, str]) -> Batch:
    credential = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    batch = Batch(connection.batch_endpoint, credential)
    batch.jobs.create(job, "pool", max_wall_clock=timedelta(hours=1), metadata=metadata)
    return batch


def test_a_jobs_outputs_are_found_whatever_the_case_of_its_id(emulator: Connection) -> None:
    job = f"Job-{uuid4().hex}"
    batch = make_job(job, emulator, stamp(output_container="mine"))
    assert outputs_of(require_our_job(job.upper(), batch)) == output_place(job, "mine")


def test_only_a_job_of_batchffs_has_outputs(emulator: Connection) -> None:
    job = f"job-{uuid4().hex}"
    batch = make_job(job, emulator, {"made_by": "someone else"})
    with pytest.raises(NotFoundError, match=f"job '{job}' wasn't made by batchff"):
        outputs_of(require_our_job(job, batch))
    with pytest.raises(NotFoundError, match="no job 'gone'"):
        outputs_of(require_our_job("gone", batch))


def test_of_a_place_that_others_share_only_the_jobs_own_outputs_are_downloaded(
    emulated_storage: StorageServer, home: Path
) -> None:
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, {})
    own = BlobFacts("job", is_output=True).metadata()
    film = Output("film", "x/film", is_folder=True)
    md5 = hashlib.md5(b"piece", usedforsecurity=False).hexdigest()
    manifest = f"5 {md5} 1.ts\n".encode()
    for name, content, metadata in (
        ("x/a%41.mp3", b"sound", own),
        ("x/film/1.ts", b"piece", own),
        ("x/film.manifest", manifest, own),
        ("x/film/mine.txt", b"theirs", {}),
        ("x/theirs.mp3", b"theirs", {}),
        ("x/not planned.mp3", b"copy", own),
        # It's planned, and another's: the task hasn't made its own yet.
        ("x/late.mp3", b"theirs", {}),
    ):
        storage.upload_bytes(container, name, content, metadata)
    planned = [Output("aA.mp3", "x/a%41.mp3"), film, Output("late.mp3", "x/late.mp3")]

    done = download(
        output_place("job", "unused", BlobPlace(container, "x")),
        folder=home,
        storage=storage,
        reporter=Recorder(),
        planned=planned,
    )

    assert done.files == 2
    assert tree(home) == {"aA.mp3": b"sound", "film/1.ts": b"piece"}


def test_outputs_that_an_earlier_job_made_are_downloaded_from_its_folder(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"new.mp3": b"new"})
    storage, container = emulated_storage.storage(), emulated_storage.container
    for name, content in (("a.mp3", b"made before"), ("other.mp3", b"nobody's")):
        storage.upload_bytes(container, f"earlier/media/{name}", content, {})
    earlier = Output("sub/renamed.mp3", "earlier/media/a.mp3")
    recorder = Recorder()

    downloaded = fetch(emulated_storage, home, recorder, planned=[earlier])

    assert tree(home) == {"new.mp3": b"new", "sub/renamed.mp3": b"made before"}
    assert (downloaded.files, downloaded.bytes) == (2, 14)
    assert recorder.of(DownloadStarted) == [DownloadStarted(2, 14)]

    storage.delete_blob(container, earlier.blob)
    with pytest.raises(NotFoundError, match="1 output of earlier jobs is gone") as raised:
        fetch(emulated_storage, home, planned=[earlier])
    assert raised.value.hint == "submit the same files again to make them again"
