from __future__ import annotations

from batchff.events.inspect import FileInspected, InspectEnded
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import BlobSource
from batchff.model.inspection import Inspected, NotMedia
from batchff.pipeline.inspect.blobs import inspect_blobs
from tests.media_sources import CLIPS
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer

CITY = CLIPS / "city.mp4"


def looked_into(
    sources: list[BlobSource], server: StorageServer, recorder: Recorder
) -> dict[str, Inspected]:
    with Inspectors() as inspectors:
        found = inspect_blobs(
            sources,
            container=server.container,
            storage=server.storage(),
            inspectors=inspectors,
            reporter=recorder,
        )
    assert [source for source, _ in found] == sources
    return {source.relative: inspected for source, inspected in found}


def source(name: str, size: int) -> BlobSource:
    return BlobSource(f"media/{name}", name, size, "etag", 0)


def test_blobs_are_looked_into_where_they_are(storage_server: StorageServer) -> None:
    storage, data = storage_server.storage(), CITY.read_bytes()
    storage.ensure_container(storage_server.container, {})
    for name, content in (("city.mp4", data), ("text.mp3", b"hello text")):
        storage.upload_bytes(storage_server.container, f"media/{name}", content, {})
    sources = [
        source("city.mp4", len(data)),
        source("gone.mp4", 100),
        source("text.mp3", 10),
        source("empty.mp4", 0),
    ]
    recorder = Recorder()

    looked = looked_into(sources, storage_server, recorder)

    with Inspectors() as inspectors:
        assert looked["city.mp4"] == inspectors.inspect(CITY)
    assert looked["text.mp3"] == NotMedia("it's a text, not media")
    assert looked["gone.mp4"] == NotMedia("blob 'media/gone.mp4' is gone")
    assert looked["empty.mp4"] == NotMedia("it's empty (0 bytes)")
    assert len(recorder.of(FileInspected)) == 4
    assert recorder.of(InspectEnded) == [InspectEnded(4, 3)]
