from __future__ import annotations

import shutil
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.pipeline.estimate.pieces import Work
from batchff.pipeline.estimate.trying import NothingTried, try_pieces
from tests.ffmpeg.test_sampling import X264, film

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


def test_a_short_file_is_encoded_whole(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", keys=50)
    found = try_pieces(_works([source], seconds=2.5), FFMPEG, budget=20)
    assert (found.files, found.tried, found.pieces) == (1, 1, 1)
    assert found.bytes.high < 1.06 * found.bytes.likely


def test_of_many_files_some_are_tried(tmp_path: Path) -> None:
    one = film(tmp_path / "0.mp4", keys=50)
    files = [one, *(tmp_path / f"{number}.mp4" for number in range(1, 40))]
    for copy in files[1:]:
        shutil.copy(one, copy)
    found = try_pieces(_works(files), FFMPEG, budget=4)
    assert found.files == 40
    assert 1 <= found.tried < 40
    assert found.bytes.low < found.bytes.likely < found.bytes.high


def test_a_file_that_fails_is_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no media")
    works = _works([broken, film(tmp_path / "film.mp4", keys=50)])
    found = try_pieces(works, FFMPEG, budget=10)
    assert (found.files, found.tried) == (2, 1)
    with pytest.raises(NothingTried, match="can't be told: ffmpeg fails"):
        try_pieces(works[:1], FFMPEG, budget=10)


def _works(files: list[Path], seconds: float = 20.0) -> list[Work]:
    return [
        Work(path.name, path, X264, seconds, path.stat().st_size, 320 * 240 * 25) for path in files
    ]
