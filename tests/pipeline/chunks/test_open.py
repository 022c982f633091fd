from __future__ import annotations

from pathlib import Path

import pytest

from batchff.cloud.storage import Storage
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.model.items import Item
from batchff.model.places import BlobPlace
from batchff.pipeline.chunks.open import blob_opener, opener
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.sources import find_media


def item_of(name: str, size: int) -> Item:
    return Item(name, size, f"set/{name}")


def test_a_file_of_this_machine_is_read_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"0123456789")
    with opener(find_media([tmp_path]), "", None)(item_of("film.mp4", 10)) as source:
        assert (source.read(3, 4), source.read(8, 9), source.size) == (b"3456", b"89", 10)
        assert source.path == tmp_path / "film.mp4"


def test_a_blob_is_read_in_large_pieces(storage: Storage) -> None:
    storage.ensure_container("films", {})
    content = bytes(range(256)) * 4096
    storage.upload_bytes("films", "set/film.mp4", content, {})
    with blob_opener("films", storage)(item_of("film.mp4", len(content))) as source:
        assert source.read(0, 8) == content[:8]
        assert source.read(100, 300_000) == content[100:300_100]
        assert source.read(len(content) - 3, 100) == content[-3:]
        assert source.read(len(content), 10) == b""
        assert source.path is None


def test_media_of_another_account_is_not_cut() -> None:
    place = BlobPlace("media", "films", endpoint="https://other.blob.core.windows.net")
    found = FoundBlobs(place, "films", (), {})
    with (
        pytest.raises(CannotCut, match="another account"),
        opener(found, "", None)(item_of("film.mp4", 1)),
    ):
        pass


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"0123456789")
    found = find_media([tmp_path])
    (tmp_path / "film.mp4").unlink()
    with (
        pytest.raises(CannotCut, match="can't be read"),
        opener(found, "", None)(item_of("film.mp4", 10)),
    ):
        pass
