from __future__ import annotations

import os
from hashlib import md5
from pathlib import Path
from uuid import uuid4

from batchff.cloud.storage import Storage
from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobSource
from batchff.model.items import Beside, Item
from batchff.pipeline.fingerprints import content_of, version_of
from batchff.pipeline.names import input_blob
from batchff.pipeline.sources import find_media
from batchff.pipeline.submit.planning.contents import contents_of_blobs, contents_of_files
from tests.storage_servers import write_random

CONTAINER = "contents"


def test_a_file_is_told_by_its_md5_with_the_files_beside_it(
    storage: Storage, tmp_path: Path
) -> None:
    write_random(tmp_path / "a.mov", 100)
    (source,) = find_media([tmp_path]).sources
    item = Item("a.mov", 100, input_blob("set", "a.mov"))
    content = contents_of_files([source], "set", CONTAINER, storage)
    digest = md5((tmp_path / "a.mov").read_bytes()).hexdigest()
    assert content(item) == content_of(100, digest)

    beside = Item("a.mov", 100, item.input_blob, beside=(Beside("x", item.input_blob, 100),))
    assert content(beside) == content_of(100, digest, digest)


def test_a_file_that_was_sent_before_isnt_read_unless_it_changed(
    storage: Storage, tmp_path: Path
) -> None:
    name = f"set{uuid4().hex}"
    write_random(tmp_path / "a.mov", 100)
    (source,) = find_media([tmp_path]).sources
    item = Item("a.mov", 100, input_blob(name, "a.mov"))
    storage.ensure_container(CONTAINER, {})
    facts = BlobFacts(modified_ns=source.modified_ns).metadata()
    storage.upload_bytes(CONTAINER, item.input_blob, b"x" * 100, facts)

    known = contents_of_files([source], name, CONTAINER, storage)
    assert known(item) == content_of(100, md5(b"x" * 100).hexdigest())

    os.utime(tmp_path / "a.mov", ns=(0, 0))
    (touched,) = find_media([tmp_path]).sources
    read = contents_of_files([touched], name, CONTAINER, storage)
    assert read(item) == content_of(100, md5((tmp_path / "a.mov").read_bytes()).hexdigest())


def test_a_file_that_cant_be_read_has_no_content(storage: Storage, tmp_path: Path) -> None:
    write_random(tmp_path / "a.mov", 100)
    (source,) = find_media([tmp_path]).sources
    (tmp_path / "a.mov").unlink()
    content = contents_of_files([source], "set", CONTAINER, storage)
    assert content(Item("a.mov", 100, input_blob("set", "a.mov"))) == ""


def test_media_in_storage_is_told_by_its_md5_or_its_etag() -> None:
    with_md5 = BlobSource("in/a.mov", "a.mov", 5, "1", 0, b"\1" * 16)
    without = BlobSource("in/b.mov", "b.mov", 5, "2", 0)
    content = contents_of_blobs([with_md5, without])
    assert content(Item("a.mov", 5, "in/a.mov")) == content_of(5, "01" * 16)
    assert content(Item("b.mov", 5, "in/b.mov")) == content_of(5, version_of(None, "2", 5))
