"""Files are looked into while something else goes on with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batchff.pipeline.inspect.meanwhile import look_meanwhile
from batchff.pipeline.sources import find_media
from tests.media_sources import MediaSource


def test_what_is_wrong_with_files_is_known_at_the_end(
    tmp_path: Path, media_source: MediaSource
) -> None:
    shutil.copy(media_source("base.mp4"), tmp_path / "a.mp4")
    (tmp_path / "b.mp4").write_bytes(b"hello " * 100)
    sources = find_media([tmp_path]).sources

    with look_meanwhile(sources) as looking:
        looked = looking.result()

    assert looked.problems == (("b.mp4", "it's a text, not media"),)
    assert looked.content


def test_an_error_ends_the_looking(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(b"hello " * 100)
    sources = find_media([tmp_path]).sources * 1000

    with pytest.raises(KeyError), look_meanwhile(sources) as looking:
        raise KeyError

    assert len(looking.result().problems) < 1000
