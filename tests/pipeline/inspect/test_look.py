from __future__ import annotations

import shutil
from pathlib import Path

from batchff.model.files import BlobSource
from batchff.model.inspection import NotMedia
from batchff.pipeline.inspect.look import look_into_blobs, look_into_files
from batchff.pipeline.sources import find_media
from tests.media_sources import CLIPS
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer


def test_a_file_here_and_its_blob_hold_the_same(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    storage, container = emulated_storage.storage(), emulated_storage.container
    shutil.copy(CLIPS / "city.mp4", tmp_path)
    (source,) = find_media([tmp_path]).sources
    storage.ensure_container(container, {})
    storage.upload_bytes(container, "in/city.mp4", source.path.read_bytes(), {})
    blob = BlobSource("in/city.mp4", "city.mp4", source.size, "etag", 0)

    ((here, in_file),) = look_into_files([source], Recorder())
    ((there, in_blob),) = look_into_blobs([blob], container, storage, Recorder())

    assert (here, there) == (source, blob)
    assert in_file == in_blob and not isinstance(in_file, NotMedia)
