from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from batchff import __version__
from batchff.cloud.storage import connect_storage, file_md5
from batchff.errors import ServiceError, TransferError
from batchff.events import Event, Warned
from batchff.events.upload import BytesUploaded, FileUploaded, UploadStarted
from batchff.model.files import BlobInfo, Source
from batchff.pipeline.sources import find_media
from batchff.pipeline.transfer.upload import upload
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer, closed_port, write_random

MIB = 1024 * 1024


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    (folder / "a").mkdir(parents=True)
    for name, size in (("a/city.mp4", 1), ("harbour.MOV", 64 * 1024), ("it's #1.mp4", 1000)):
        write_random(folder / name, size)
    return folder


def send(
    to: StorageServer, sources: tuple[Source, ...], recorder: Recorder | None = None
) -> list[str]:
    """Upload files to the set `videos`; return the names of those that stand there then."""
    uploaded = upload(
        sources,
        input_set="videos",
        container=to.container,
        storage=to.storage(),
        reporter=recorder or Recorder(),
    )
    return [sent.source.relative for sent in uploaded]


def sources_in(folder: Path) -> tuple[Source, ...]:
    return find_media([folder]).sources


def blobs_of(server: StorageServer) -> dict[str, BlobInfo]:
    listing = server.storage().list_blobs(server.container, metadata=True)
    return {blob.name: blob for blob in listing}


def skipped(recorder: Recorder) -> dict[str, bool]:
    return {event.file: event.skipped for event in recorder.of(FileUploaded)}


def test_files_become_blobs_of_the_set(storage_server: StorageServer, videos: Path) -> None:
    recorder = Recorder()
    sources = sources_in(videos)
    assert sorted(send(storage_server, sources, recorder)) == [
        "a/city.mp4",
        "harbour.MOV",
        "it's #1.mp4",
    ]
    blobs = blobs_of(storage_server)
    assert blobs.keys() == {"videos/a/city.mp4", "videos/harbour.MOV", "videos/it's #1.mp4"}
    for source in sources:
        blob = blobs[f"videos/{source.relative}"]
        assert (blob.size, blob.md5) == (source.size, file_md5(source.path))
        assert blob.metadata == {
            "batchff": __version__,
            "batchff_modified": str(source.modified_ns),
        }
    assert recorder.of(UploadStarted) == [UploadStarted(3, 66537)]
    assert sum(event.bytes for event in recorder.of(BytesUploaded)) == 66537
    assert FileUploaded("harbour.MOV", "videos/harbour.MOV", 65536, False) in recorder.events


def test_what_stands_there_unchanged_isnt_sent_again(
    storage_server: StorageServer, videos: Path
) -> None:
    send(storage_server, sources_in(videos))
    again = Recorder()
    assert len(send(storage_server, sources_in(videos), again)) == 3
    assert all(skipped(again).values())
    assert not again.of(BytesUploaded)


def test_a_file_of_the_same_size_and_time_isnt_even_read(
    emulated_storage: StorageServer, videos: Path
) -> None:
    send(emulated_storage, sources_in(videos))
    city = videos / "a/city.mp4"
    before = city.stat()
    city.write_bytes(b"?")
    os.utime(city, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = Recorder()
    send(emulated_storage, sources_in(videos), again)
    assert all(skipped(again).values())


def test_when_only_the_time_changed_the_content_decides(
    storage_server: StorageServer, videos: Path
) -> None:
    send(storage_server, sources_in(videos))
    for name in ("a/city.mp4", "harbour.MOV"):
        os.utime(videos / name, ns=(1, 1))
    (videos / "harbour.MOV").write_bytes(b"?" * 64 * 1024)
    again = Recorder()
    send(storage_server, sources_in(videos), again)
    assert skipped(again) == {"a/city.mp4": True, "harbour.MOV": False, "it's #1.mp4": True}
    assert blobs_of(storage_server)["videos/harbour.MOV"].md5 == file_md5(videos / "harbour.MOV")


def test_a_blob_that_someone_else_put_there_is_replaced_unless_it_is_the_same(
    emulated_storage: StorageServer, videos: Path
) -> None:
    storage = emulated_storage.storage()
    storage.ensure_container(emulated_storage.container, {})
    for name, content in (
        ("a/city.mp4", b"?"),
        ("harbour.MOV", (videos / "harbour.MOV").read_bytes()),
    ):
        storage.upload_bytes(emulated_storage.container, f"videos/{name}", content, {})
    recorder = Recorder()
    send(emulated_storage, sources_in(videos), recorder)
    assert skipped(recorder) == {"a/city.mp4": False, "harbour.MOV": True, "it's #1.mp4": False}


def test_other_sets_are_left_alone(emulated_storage: StorageServer, videos: Path) -> None:
    storage = emulated_storage.storage()
    storage.ensure_container(emulated_storage.container, {})
    storage.upload_bytes(emulated_storage.container, "videos-2/a/city.mp4", b"other", {})
    send(emulated_storage, sources_in(videos))
    assert blobs_of(emulated_storage)["videos-2/a/city.mp4"].size == 5


def test_a_file_that_changes_while_it_is_sent_is_refused_and_leaves_no_blob(
    storage_server: StorageServer, tmp_path: Path
) -> None:
    growing = tmp_path / "growing.mp4"
    write_random(growing, 9 * MIB)

    def grow(event: Event) -> None:
        if isinstance(event, BytesUploaded):
            with growing.open("ab") as file:
                file.write(b"more")

    with pytest.raises(TransferError) as raised:
        send(storage_server, sources_in(tmp_path), Recorder(grow))
    assert raised.value.message == (
        "1 of 1 files were not uploaded: 'growing.mp4' changed while it was sent"
    )
    assert raised.value.hint == "wait until it's complete and give the command again"
    assert not blobs_of(storage_server)


def test_a_file_that_fails_doesnt_stop_the_others_and_each_is_told(
    emulated_storage: StorageServer, videos: Path
) -> None:
    sources = sources_in(videos)
    (videos / "a/city.mp4").unlink()
    (videos / "harbour.MOV").unlink()
    recorder = Recorder()
    with pytest.raises(
        TransferError, match=r"2 of 3 files were not uploaded: can't read '"
    ) as raised:
        send(emulated_storage, sources, recorder)
    assert raised.value.hint == "give the command again: it sends only what is missing"
    assert list(blobs_of(emulated_storage)) == ["videos/it's #1.mp4"]
    assert sorted(event.message for event in recorder.of(Warned)) == [
        "can't read 'a/city.mp4': No such file or directory",
        "can't read 'harbour.MOV': No such file or directory",
    ]


def test_a_service_that_isnt_there_is_told_before_any_file_is_tried(
    emulated_storage: StorageServer, videos: Path
) -> None:
    recorder = Recorder()
    url = f"http://127.0.0.1:{closed_port()}/account"
    with pytest.raises(ServiceError, match="no answer"):
        list(
            upload(
                sources_in(videos),
                input_set="videos",
                container="test",
                storage=connect_storage(emulated_storage.connection_string(url=url)),
                reporter=recorder,
            )
        )
    assert not recorder.events


def test_when_the_caller_stops_the_workers_stop_and_nothing_half_sent_stays(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    write_random(tmp_path / "0.mp4", 1)
    # It stands there already, and waits for no turn.
    send(emulated_storage, sources_in(tmp_path), Recorder())
    for number in range(1, 4):
        write_random(tmp_path / f"{number}.mp4", 40 * MIB)
    caller_stops = threading.Event()

    def wait_for_the_caller(event: Event) -> None:
        if isinstance(event, BytesUploaded):
            assert caller_stops.wait(20)

    uploading = upload(
        sources_in(tmp_path),
        input_set="videos",
        container=emulated_storage.container,
        storage=emulated_storage.storage(),
        reporter=Recorder(wait_for_the_caller),
    )
    assert next(uploading).source.relative == "0.mp4"
    stopping = threading.Timer(0.5, caller_stops.set)
    stopping.start()
    uploading.close()  # type: ignore[attr-defined]
    stopping.join()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batchff")]
    assert list(blobs_of(emulated_storage)) == ["videos/0.mp4"]


def test_a_file_that_changes_is_handed_back_where_that_is_wished_and_the_others_are_sent(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    growing, whole = tmp_path / "growing.mp4", tmp_path / "whole.mp4"
    for path in (growing, whole):
        write_random(path, 1000)
    sources = sources_in(tmp_path)
    write_random(growing, 2000)
    changed: list[tuple[str, str]] = []
    uploaded = upload(
        sources,
        input_set="videos",
        container=emulated_storage.container,
        storage=emulated_storage.storage(),
        reporter=Recorder(),
        changed=lambda source, reason: changed.append((source.relative, reason)),
    )
    (sent,) = uploaded
    assert (sent.source.relative, sent.version) == (
        "whole.mp4",
        hashlib.md5(whole.read_bytes()).hexdigest(),
    )
    assert changed == [("growing.mp4", "it changed while it was sent: it may still be growing")]
    assert list(blobs_of(emulated_storage)) == ["videos/whole.mp4"]
