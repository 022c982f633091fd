from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from batchff.ffmpeg.colours import stated_colours, to_sdr
from batchff.model.inspection import Picture
from tests.media_sources import MediaSource

PQ = Picture(96, 64, transfer="smpte2084", primaries="bt2020", matrix="bt2020nc", bits=10)


def encode(ffmpeg: Path, source: Path, filters: str, made: Path) -> None:
    words: list[str | Path] = ["-i", source, "-vf", filters, "-pix_fmt", "yuv420p", made]
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", *words], check=True)


@pytest.mark.parametrize(
    ("picture", "filters"),
    [
        (None, ""),
        (Picture(96, 64), ""),
        (Picture(96, 64, transfer="bt709", range="tv"), ""),
        (Picture(96, 64, range="pc"), "scale=out_range=tv"),
    ],
)
def test_usual_pictures_stay_as_they_are(picture: Picture | None, filters: str) -> None:
    assert to_sdr(picture) == filters
    assert stated_colours(picture) == ""


def test_hdr_says_how_it_is_coded() -> None:
    assert "tin=smpte2084:min=2020_ncl:pin=2020:rin=limited:" in to_sdr(PQ)
    hlg = Picture(96, 64, transfer="arib-std-b67", matrix="bt709", primaries="bt709", range="pc")
    assert "tin=arib-std-b67:min=709:pin=709:rin=full:" in to_sdr(hlg)
    # Pictures may say less than their headers: then there is no way from nothing to something.
    assert ":t=linear:m=2020_ncl:p=2020:" in to_sdr(PQ)
    # Where nothing else is said it's BT.2020.
    assert "min=2020_ncl:pin=2020" in to_sdr(Picture(96, 64, transfer="smpte2084"))


def test_a_picture_for_hdr_screens_becomes_one_for_usual_ones(
    ffmpeg: Path, media_source: MediaSource, tmp_path: Path
) -> None:
    made = tmp_path / "made.mp4"
    encode(ffmpeg, media_source("hdr10.mkv"), to_sdr(PQ), made)

    shown = subprocess.run([ffmpeg, "-i", made], capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709" in shown
    assert "Mastering" not in shown


def test_red_is_bt709s_red(ffmpeg: Path, media_source: MediaSource, tmp_path: Path) -> None:
    made = tmp_path / "made.mp4"
    filters = stated_colours(Picture(96, 64, is_rgb=True))
    encode(ffmpeg, media_source("rgb.mov"), filters, made)

    raw: list[str | Path] = ["-i", made, "-frames:v", "1", "-f", "rawvideo", "-"]
    pixels = subprocess.run([ffmpeg, "-v", "error", *raw], capture_output=True, check=True).stdout
    luma, blue, red = pixels[0], pixels[96 * 64], pixels[96 * 64 * 5 // 4]
    assert (abs(luma - 63), abs(blue - 102), abs(red - 240)) <= (2, 2, 2)
    shown = subprocess.run([ffmpeg, "-i", made], capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709" in shown


def test_hdr_that_only_a_header_states_is_tagged() -> None:
    hlg = Picture(96, 64, transfer="arib-std-b67")
    stated = "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc"
    assert stated_colours(hlg) == stated
