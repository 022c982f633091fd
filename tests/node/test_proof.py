from __future__ import annotations

import pytest

from batchff.model.measured import KeptSource, MeasuredQuality
from batchff.node.proof import kept_source, measured_quality, source_seconds


@pytest.mark.parametrize(
    ("proof", "seconds"),
    [
        ("source holds 8.10667 s, says 8.1 s, errors 0\nfilm.mp4: pictures 217\n", 8.10667),
        ("salvaged\nsource holds 4 s, says 4 s, errors 0\n", 4.0),
        ("a: source holds 4 s\n", None),
        ("source holds", None),
        ("", None),
    ],
)
def test_a_nodes_proof_says_how_long_the_source_is(proof: str, seconds: float | None) -> None:
    assert source_seconds(proof) == seconds


MEASURED = (
    "source holds 4 s\nquality metric=vmaf model=vmaf_v1.0.16_3d0h target=93 tolerance=0.5 "
    "mean=92.871000 p5=88.100000 worst=85.200000 worst_at=31 crf=24.3 every=7 probes=2 encodes=1 "
    "end=reached\nkept source=100 output=200\n"
)


def test_a_nodes_proof_says_which_quality_it_measured() -> None:
    assert measured_quality(MEASURED) == MeasuredQuality(
        "vmaf", "vmaf_v1.0.16_3d0h", 93, 92.871, 88.1, 85.2, 31, 24.3, 24.3, 2, 1, 1, "reached"
    )
    of_chunks = measured_quality(MEASURED.replace("crf=24.3", "crf=22-28.5 chunks=3"))
    assert of_chunks is not None
    assert (of_chunks.least_crf, of_chunks.most_crf, of_chunks.chunks) == (22, 28.5, 3)
    unmeasured = measured_quality("quality metric=ssim target=0.98 crf=28 end=unmeasured\n")
    assert unmeasured is not None
    assert (unmeasured.mean, unmeasured.end) == (None, "unmeasured")
    assert measured_quality("source holds 4 s\n") is None


def test_a_nodes_proof_says_that_the_source_is_kept() -> None:
    assert kept_source(MEASURED) == KeptSource(100, 200)
    assert kept_source("source holds 4 s\n") is None
