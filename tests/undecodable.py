"""A file in which only decoding shows that it's no media, for tests of failures on nodes."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

_HEADER = 8

# Wherever a packet begins, its first element is of a channel that no header names. The packets'
# lengths can't be relied on: ffmpeg's encoder makes others on another processor.
_NO_SUCH_CHANNEL = b"\x7f"


@cache
def undecodable(seconds: float = 1) -> bytes:
    """Return an MP4 whose headers and index are whole and whose packets are no sound.

    A look into it finds nothing wrong, and ffmpeg can decode nothing of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole.m4a")
        words = ["-f", "lavfi", "-i", f"sine=d={seconds}", "-c:a", "aac", str(whole)]
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        subprocess.run([ffmpeg, "-nostdin", "-v", "error", *words], check=True)
        data = bytearray(whole.read_bytes())
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"mdat":
            data[at + _HEADER : at + size] = _NO_SUCH_CHANNEL * (size - _HEADER)
        at += size
    return bytes(data)
