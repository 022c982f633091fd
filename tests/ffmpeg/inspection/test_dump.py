from __future__ import annotations

import pytest

from batchff.ffmpeg.inspection.dump import Described, read_description

PHONE = """\
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from '':
  Metadata:
    title           : Stream #0:7: Video: h264
                    : Side data:
  Duration: 00:00:01.00, start: 0.000000, bitrate: 15 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le, 96x64, 25 fps
    Metadata:
      handler_name    : Display Matrix: rotation of 45.00 degrees
    Side data:
      DOVI configuration record: version: 1.0, profile: 8, level: 4, rpu flag: 1
      Display Matrix: rotation of -90.00 degrees
      Mastering Display Metadata, has_primaries:1 has_luminance:1
      Content Light Level Metadata, MaxCLL=1000, MaxFALL=400
  Stream #0:1[0x2](eng): Data: none (tmcd / 0x64636D74)
  Stream #0:2: Attachment: ttf
  Stream #0:3: Video: none (XXXX / 0x58585858), 640x480, 25 fps
"""


def test_side_data_and_names_are_read() -> None:
    assert read_description(PHONE) == {
        0: Described("hevc", (96, 64), 90, True, True, 8),
        1: Described("tmcd"),
        2: Described("ttf"),
        3: Described("XXXX", (640, 480)),
    }


@pytest.mark.parametrize(("said", "turned"), [("90.00", 270), ("-180.00", 180), ("0.00", 0)])
def test_rotation_is_clockwise(said: str, turned: int) -> None:
    text = (
        "  Stream #0:0: Video: h264\n    Side data:\n"
        f"      displaymatrix: rotation of {said} degrees\n"
    )
    assert read_description(text)[0].rotation == turned


def test_nothing_is_read_from_nothing() -> None:
    assert read_description("") == {}
