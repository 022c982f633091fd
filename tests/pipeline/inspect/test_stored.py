"""What looks into files said is kept beside the inputs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobInfo, Source
from batchff.model.inspection import Inspected, NotMedia
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.inspect.stored import (
    InspectionsFile,
    Version,
    fetch_inspections,
    known_of,
    send_inspections,
)
from batchff.pipeline.names import inspections_prefix, is_source
from tests.model.inspections import sound, source, video
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer

FILM = source(video(), sound(title='Ünïcode »"«'), tags=("title",))


def kept(*looked: tuple[Source, Inspected]) -> bytes:
    file = InspectionsFile()
    assert list(file.pass_on(looked)) == list(looked)
    return file.content()


def file_of(relative: str, modified_ns: int = 7) -> Source:
    return Source(Path(relative), relative, 1000, modified_ns)


def test_what_is_known_of_files_goes_through_storage(storage_server: StorageServer) -> None:
    storage, container = storage_server.storage(), storage_server.container
    ensure_container(container, storage, Recorder())
    content = kept((file_of("a/films #1.mov"), FILM), (file_of("b.txt"), NotMedia("it's a text")))

    send_inspections(content, "tour", container, storage)
    send_inspections(kept((file_of("c.mov"), source())), "tour", container, storage)

    assert fetch_inspections("tour", container, storage) == {
        Version("a/films #1.mov", 1000, 7): FILM,
        Version("c.mov", 1000, 7): source(),
    }
    assert fetch_inspections("other", container, storage) == {}


def test_what_cant_be_read_is_as_if_it_werent_there(storage_server: StorageServer) -> None:
    storage, container = storage_server.storage(), storage_server.container
    ensure_container(container, storage, Recorder())
    good = kept((file_of("a.mov"), FILM))
    for number, content in enumerate((b"", b"no gzip", good[: len(good) // 2], good)):
        blob = f"{inspections_prefix('tour')}{number}.jsonl.gz"
        storage.upload_bytes(container, blob, content, {})

    assert fetch_inspections("tour", container, storage) == {Version("a.mov", 1000, 7): FILM}


def test_nothing_is_sent_where_nothing_is_known(storage_server: StorageServer) -> None:
    storage, container = storage_server.storage(), storage_server.container
    ensure_container(container, storage, Recorder())

    send_inspections(kept((file_of("b.txt"), NotMedia("it's a text"))), "tour", container, storage)

    assert list(storage.list_blobs(container)) == []


def test_a_file_is_known_as_it_was_looked_into() -> None:
    stored = {Version("a.mov", 1000, 7): FILM}
    now = datetime.now(UTC)

    def blob(name: str, size: int, facts: BlobFacts | None) -> BlobInfo:
        return BlobInfo(name, size, now, batchff=facts)

    blobs = [
        blob("a.mov", 1000, BlobFacts(modified_ns=7)),
        blob("a.mov", 1000, BlobFacts(modified_ns=8)),
        blob("a.mov", 1001, BlobFacts(modified_ns=7)),
        blob("a.mov", 1000, BlobFacts()),
        blob("a.mov", 1000, None),
    ]
    assert known_of(blobs, stored) == [FILM, None, None, None, None]


def test_it_is_no_source_of_the_set() -> None:
    assert not is_source(".inspected/abc.jsonl.gz")
    assert is_source("a/.inspected/film.mov")
