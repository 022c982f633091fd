from __future__ import annotations

import pytest

from batchff.cli.options.quality import asked_quality
from batchff.model.quality import AskedQuality, Metric
from tests.commands import Batchff


def test_options_become_what_is_asked_for() -> None:
    assert asked_quality() is None
    assert asked_quality(vmaf=93) == AskedQuality(Metric.VMAF, 93)
    assert asked_quality(
        ssim=0.98, tolerance=0.001, crf_range="16-36.5", max_rate="6M", smaller_only=True, share=10
    ) == AskedQuality(Metric.SSIM, 0.98, 0.001, 16, 36.5, "6M", 0.1)
    assert asked_quality(smaller_only=True) == AskedQuality(smaller_by=0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--vmaf 93 --ssim 0.9", "--vmaf and --ssim exclude each other"),
        ("--vmaf 101", "--vmaf is from 20 to 99.5"),
        ("--ssim 98", "--ssim is from 0.5 to 0.999"),
        ("--vmaf 93 --tolerance 0", "--tolerance is from 0.1 to 10 for --vmaf"),
        ("--vmaf 93 --crf-range 30", "--crf-range: '30' is no range of CRF"),
        ("--vmaf 93 --crf-range 36-16", "--crf-range: '36-16' is no range of CRF"),
        ("--vmaf 93 --max-rate 0", "--max-rate 0 is 0 bits a second, too little for any film"),
        ("--vmaf 93 --max-rate 800", "--max-rate 800 is 800 bits a second"),
        ("--vmaf 93 --max-rate 0.5k", "--max-rate 0.5k is 500 bits a second"),
        ("--vmaf 93 --max-rate 6MB", "--max-rate: '6MB' is no bit rate"),
        ("--max-rate 6M", "--max-rate is for --vmaf and --ssim"),
        ("--share 10", "--share is for --smaller-only"),
        ("--smaller-only --share 100", "--share is from 0 to less than 100 percent"),
        ("--vmaf 93 --set crf=20", "--vmaf finds the CRF, and --set gives crf"),
        ("--vmaf 93 --preset mp3", "--vmaf needs a preset that encodes a film with a CRF"),
        ("--vmaf 93 --suffix .mp4 -- -crf 20", "a quality or a size is asked of presets"),
    ],
)
@pytest.mark.parametrize("command", ["submit", "inspect"])
def test_what_cant_be_is_refused_before_a_file_is_read(
    command: str, words: str, message: str, batchff: Batchff
) -> None:
    given = words.split()
    if "--preset" not in given and "--" not in given:
        given += ["--preset", "h264"]
    outcome = batchff(command, "nosuch", *given)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {message}")
