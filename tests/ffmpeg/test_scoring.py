from __future__ import annotations

import shlex
import time
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.quality import with_quality
from batchff.ffmpeg.sampling import AHEAD, sample
from batchff.ffmpeg.scoring import Pixels, next_crf, read_pixels, read_score, scoring_words
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Quality
from tests.ffmpeg.test_sampling import film
from tests.node.chunked import recipe_for

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


def asked(source: Path, metric: Metric, target: float, crf: float) -> float | None:
    """Return the score of a piece that is encoded with a CRF."""
    recipe = with_quality(recipe_for(source, "h264"), AskedQuality(metric, target))
    assert recipe.quality
    there = replace(recipe, quality=replace(recipe.quality, start=crf))
    return sample(there, source, FFMPEG, time.monotonic() + 60, (5.0, 2.0 + AHEAD)).score


@pytest.mark.parametrize("metric", [Metric.VMAF, Metric.SSIM])
def test_a_piece_is_scored_as_its_output_is_seen(tmp_path: Path, metric: Metric) -> None:
    source = film(tmp_path / "film.mp4", keys=50)
    good, bad = asked(source, metric, 0.9, 12.0), asked(source, metric, 0.9, 44.0)
    assert good and bad
    assert good > bad
    assert good > (90 if metric is Metric.VMAF else 0.95)


def test_a_score_is_read_of_what_ffmpeg_said() -> None:
    said = "[Parsed_libvmaf_6 @ 0x5] VMAF score: 93.104261\n"
    assert read_score(said) == 93.104261
    said = "[Parsed_ssim_1 @ 0x5] SSIM Y:0.98 (17.0) U:0.99 (20.0) V:0.99 (20.0) All:0.984 (18.1)\n"
    assert read_score(said) == 0.984
    assert read_score("Error") is None


@pytest.mark.parametrize(
    ("said", "pixels"),
    [
        (
            "  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, "
            "progressive), 1280x720 [SAR 1:1 DAR 16:9], 851 kb/s, 25 fps",
            Pixels("yuv420p", 1280, 720),
        ),
        (
            "  Stream #0:0: Video: av1 (libdav1d) (Main), yuv420p10le(tv), 3840x2160, 25 fps\n"
            "  Stream #0:1: Video: mjpeg, yuvj444p(pc), 32x32",
            Pixels("yuv420p10le", 3840, 2160),
        ),
        ("  Stream #0:0: Audio: aac (LC), 48000 Hz, stereo", None),
    ],
)
def test_the_pixels_of_a_film_are_read_of_what_ffmpeg_said(said: str, pixels: Pixels) -> None:
    assert read_pixels(said) == pixels


QUALITY = Quality("vmaf", 93.0, 0.5, 8, 45, 0.1, 26.0, 0.16, 0, "", tuple(shlex.split("-crf x")))


@given(st.floats(8, 45), st.floats(0, 100))
def test_the_next_crf_is_in_the_encoders_range_and_on_the_right_side(
    crf: float, score: float
) -> None:
    found = next_crf(QUALITY, crf, score)
    assert QUALITY.best <= found <= QUALITY.worst
    assert found >= crf - 1e-9 if score > QUALITY.target else found <= crf + 1e-9


@pytest.mark.parametrize(
    ("width", "height", "word"),
    [
        (1920, 1080, "vmaf_v1.0.16_3d0h:"),
        (3840, 2160, "vmaf_v1.0.16_3d0h_2160:"),
        (1080, 1920, "vmaf_v1.0.16_3d0h_2160:"),
        (96, 64, "scale=iw*3:ih*3"),
    ],
)
def test_a_piece_is_scored_by_the_model_that_its_node_takes(
    width: int, height: int, word: str
) -> None:
    pixels = Pixels("yuv420p", width, height)
    words = scoring_words(QUALITY, Path("made.mp4"), pixels, Path("film.mp4"), (0.0, 2.0))
    assert word in words[words.index("-filter_complex") + 1]


def test_a_small_film_is_scored(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", size="96x64")
    score = asked(source, Metric.VMAF, 93.0, 12.0)
    assert score and score > 80
