from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.console.words.quality import asked_words, kept_words, quality_words, range_words
from batchff.ffmpeg.quality import with_quality
from batchff.model.measured import KeptSource, MeasuredQuality
from batchff.model.quality import AskedQuality, Metric
from tests.recipes import preset_recipe

FOUND = MeasuredQuality("vmaf", "v1", 93, 92.871, 88.1, 85.24, 91, 24.3, 24.3, 2, 1, 1, "reached")


def test_what_is_asked_for_is_one_line() -> None:
    asked = AskedQuality(Metric.VMAF, 93, best=16, worst=36, most_rate="6M", smaller_by=0.1)
    recipe = with_quality(preset_recipe("h264"), asked)
    assert asked_words(recipe) == (
        "VMAF 93, 0.5 more or less, CRF 16 to 36, at most 6M bit/s, only where it's smaller by 10 %"
    )
    assert asked_words(preset_recipe("h264")) == ""


def test_a_quality_is_one_line() -> None:
    assert quality_words(FOUND) == (
        "VMAF 92.9, P5 88.1, worst second 85.2 at 1:31, CRF 24.3, 2 probes, 1 encode"
    )


def test_of_chunks_the_crf_is_a_range() -> None:
    found = replace(FOUND, metric="ssim", mean=0.97, p5=0.95, worst_second=0.9, most_crf=28.0)
    assert quality_words(replace(found, chunks=3, probes=7, encodes=3)) == (
        "SSIM 0.9700, P5 0.9500, worst second 0.9000 at 1:31, CRF 24.3 to 28, 7 probes, "
        "3 encodes of 3 chunks"
    )


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("most", "VMAF 92.9 (93 can't be reached), "),
        ("least", "VMAF 92.9 (93 is less than the worst CRF gives), "),
        ("missed", "VMAF 92.9 (93 missed), "),
    ],
)
def test_a_miss_is_said(end: str, words: str) -> None:
    assert quality_words(replace(FOUND, end=end)).startswith(words)


def test_what_isnt_measured_is_said() -> None:
    assert quality_words(replace(FOUND, mean=None)) == "VMAF not measured, CRF 24.3"


def test_all_films_are_between_two_scores() -> None:
    assert range_words([FOUND, replace(FOUND, mean=93.2)]) == "VMAF 92.9 to 93.2"
    assert range_words([FOUND]) == "VMAF 92.9"
    assert range_words([]) == ""


def test_a_kept_source_is_said_with_both_sizes() -> None:
    assert kept_words(KeptSource(1024, 2048)) == (
        "source kept: the output would have 2.0 KiB, the source 1.0 KiB"
    )
