from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.ffmpeg.sampling import AHEAD, can_sample, group_of, sample
from batchff.ffmpeg.trial import RecipeFailed
from batchff.model.recipes import Recipe, RecipeOutput, Run

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


def line(*arguments: str) -> Recipe:
    words = ("-i", "{input}", *arguments, "a.mp4")
    return Recipe("mine", (Run(words),), (RecipeOutput("a.mp4", ".mp4"),))


X264 = line("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")


def film(path: Path, keys: int = 250, size: str = "320x240") -> Path:
    """Make a film whose pictures are alike throughout, with a sound."""
    command: list[str | Path] = [
        FFMPEG,
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s={size}:r=25:d=20",
    ]
    command += ["-f", "lavfi", "-i", "sine=d=20", "-c:v", "libx264", "-g", str(keys)]
    subprocess.run([*command, "-preset", "ultrafast", "-c:a", "aac", path], check=True)
    return path


def soon() -> float:
    return time.monotonic() + 60


@pytest.mark.parametrize("keys", [25, 500])
def test_a_piece_tells_how_large_the_whole_becomes(tmp_path: Path, keys: int) -> None:
    source = film(tmp_path / "film.mp4", keys)
    whole = sample(X264, source, FFMPEG, soon())
    piece = sample(X264, source, FFMPEG, soon(), (9.0, 4.0 + AHEAD))

    assert whole.seconds == pytest.approx(20, abs=0.1)
    assert piece.seconds == pytest.approx(4 + AHEAD, abs=0.2)
    assert piece.rate == pytest.approx(whole.rate, rel=0.15)
    assert 0 < piece.cpu < whole.cpu


def test_the_start_is_told_from_the_rest(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    recipe = X264
    piece = sample(recipe, source, FFMPEG, soon(), (5.0, 4.0))
    assert 0 <= piece.startup < piece.cpu
    assert sample(recipe, source, FFMPEG, soon()).startup == 0, "the whole has it once anyway"
    assert sample(recipe, source, FFMPEG, soon(), (5.0, 4.0), startup=0.25).startup == 0.25


def test_pictures_that_an_encoder_hides_in_packets_before_them_are_counted_once(
    tmp_path: Path,
) -> None:
    source = film(tmp_path / "film.mp4")
    recipe = line("-c:v", "libsvtav1", "-preset", "10", "-an")
    whole = sample(recipe, source, FFMPEG, soon())
    piece = sample(recipe, source, FFMPEG, soon(), (5.0, 2.0 + AHEAD))
    assert piece.rate == pytest.approx(whole.rate, rel=0.1)


def test_a_folder_is_as_long_as_its_source(tmp_path: Path) -> None:
    words = ("-i", "{input}", "-vf", "fps=1", "small/%03d.png")
    outputs = (RecipeOutput("small", is_folder=True),)
    pictures = Recipe("mine", (Run(words),), outputs, folders=("small",))
    source = film(tmp_path / "film.mp4", 25)

    whole = sample(pictures, source, FFMPEG, soon(), length=20.0)
    piece = sample(pictures, source, FFMPEG, soon(), (5.0, 5.0))

    assert whole.seconds == 20.0
    assert piece.rate == pytest.approx(whole.rate, rel=0.2)


def test_a_recipe_that_reads_a_part_itself_is_not_cut_further() -> None:
    assert can_sample(X264)
    [run] = X264.runs
    own = replace(X264, runs=(Run(("-ss", "3", *run.arguments)),))
    assert not can_sample(own)


@pytest.mark.parametrize(
    ("words", "pictures"),
    [
        (("-c:v", "libx264"), 250),
        (("-c:v", "libsvtav1"), 161),
        (("-c:v", "libx264", "-g", "48"), 48),
        (("-c:v", "libx265", "-x265-params", "log-level=none:keyint=60"), 60),
    ],
)
def test_how_often_an_encoder_places_a_key_is_known(words: tuple[str, ...], pictures: int) -> None:
    assert group_of(line(*words)) == pictures


def test_what_fails_is_told(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(b"no media")
    with pytest.raises(RecipeFailed):
        sample(X264, source, FFMPEG, soon(), (1.0, 2.0))
    with pytest.raises(RecipeFailed):
        sample(X264, film(tmp_path / "b.mp4", 25), FFMPEG, time.monotonic(), (1.0, 2.0))
