"""What tests ask about media files, through ffmpeg itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

_DURATION = re.compile(r"time=(\d+):(\d\d):(\d\d\.\d+)")


def decoded_seconds(file: Path) -> float:
    """Decode a file to its end and return how long it is; fails where it doesn't decode."""
    ended = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-xerror", "-i", f"file:{file}"]
        + ["-f", "null", "-"],
        capture_output=True,
        check=True,
    )
    hours, minutes, seconds = _DURATION.findall(ended.stderr.decode("utf-8", "replace"))[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def audio_codec(file: Path) -> str:
    """Return the name ffmpeg has for the codec of a file's audio."""
    ended = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-i", f"file:{file}"],
        capture_output=True,
        check=False,
    )
    found = re.search(rb"Audio: (\w+)", ended.stderr)
    assert found, ended.stderr
    return found[1].decode()
