"""What is in a file, by ffmpeg's own words."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

# Whichever ffmpeg made a file, this one reads it: it starts in a tenth of the time that Debian's
# takes to link its 200 libraries.
READER = Path(imageio_ffmpeg.get_ffmpeg_exe())


def said(ffmpeg: Path, *words: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [ffmpeg, "-nostdin", "-hide_banner", *map(str, words)], capture_output=True, timeout=60
    )


def read(file: Path, *words: object) -> subprocess.CompletedProcess[bytes]:
    """What is said of a file; where it was asked for before, and the file is as it was, at once."""
    stat = file.stat()
    return _read(file, words, stat.st_size, stat.st_mtime_ns)


@cache
def _read(
    file: Path, words: tuple[object, ...], _size: int, _written: int
) -> subprocess.CompletedProcess[bytes]:
    return said(READER, "-i", file, *words)


def streams(file: Path) -> list[str]:
    """Each stream's line, without its number."""
    words = read(file).stderr.decode("utf-8", "replace")
    return re.findall(r"^  Stream #0:\d+\S*: (.+)$", words, re.MULTILINE)


def tags(file: Path) -> dict[str, str]:
    """The file's own tags, and those of its streams."""
    words = read(file).stderr.decode("utf-8", "replace")
    return {
        key.lower(): value for key, value in re.findall(r"^ +(\S+) +: (.*)$", words, re.MULTILINE)
    }


def frames(file: Path, *words: object) -> list[tuple[float, str]]:
    """Each picture's time, from the first one on, and the hash of what it decodes to."""
    asked = ["-map", "0:V:0", *words, "-fps_mode", "passthrough"]
    # Else times are rounded to the frame rate.
    asked += ["-enc_time_base:v", "1:90000", "-f", "framemd5", "-"]
    ended = read(file, *asked)
    assert ended.returncode == 0, ended.stderr
    text = ended.stdout.decode()
    over, under = map(int, re.findall(r"^#tb 0: (\d+)/(\d+)", text, re.MULTILINE)[0])
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    times = [int(row[2]) * over / under for row in rows]
    return [(time - times[0], row[5].strip()) for time, row in zip(times, rows, strict=True)]


def times(file: Path) -> list[float]:
    return [time for time, _ in frames(file)]


def hashes(file: Path) -> list[str]:
    return [each for _, each in frames(file)]


def sound_seconds(file: Path) -> float:
    pcm = read(file, "-map", "0:a:0", "-ac", 1, "-ar", 8000, "-f", "s16le", "-")
    return len(pcm.stdout) / 16000


def loudness(file: Path) -> float:
    """Integrated, in LUFS."""
    words = read(file, "-map", "0:a:0", "-af", "ebur128", "-f", "null", "-").stderr
    return float(re.findall(rb"I: +(-?[\d.]+) LUFS", words)[-1])


def version_of(ffmpeg: Path) -> tuple[int, int]:
    found = re.search(rb"version n?(\d+)\.(\d+)", said(ffmpeg, "-version").stdout)
    assert found is not None
    return int(found[1]), int(found[2])
