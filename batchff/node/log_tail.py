"""What the log of a task says: which ffmpeg ran, and the last lines, as they are safe to show."""

from __future__ import annotations

import re

LAST_WORD = "encode.sh: "
"""A node's script says how it ended in a line that begins so."""

_FFMPEG = re.compile(re.escape(LAST_WORD) + r"ffmpeg (\S{1,100}) \(([a-z]{1,20})\)")
_LOG_LINES = 5
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def told_ffmpeg(text: str) -> tuple[str, str] | None:
    """Return version and source of the ffmpeg that a log begins with; None where it says neither.

    The source is one of `FfmpegSource`, or a word of a later batchff.
    """
    found = _FFMPEG.match(text)
    return (found[1], found[2]) if found else None


def last_lines(text: str) -> tuple[str, ...]:
    """Return the last few lines of a log, safe to show on a terminal."""
    said = last_attempt(text)
    # ffmpeg describes a file in indented lines; what went wrong isn't among them.
    flush = tuple(line for line in said if not line.startswith("  "))
    return (flush or said)[-_LOG_LINES:]


def printable_lines(text: str) -> list[str]:
    """Return the lines of a text that aren't empty, safe to show on a terminal."""
    lines = re.split(r"[\r\n]+", text)
    clean = (_CONTROL_CHARACTERS.sub("", line).rstrip() for line in lines)
    return [line for line in clean if line]


def last_attempt(text: str) -> tuple[str, ...]:
    """Return all lines of a log that are of the last attempt, safe to show on a terminal."""
    said = printable_lines(text)
    ends = [number for number, line in enumerate(said, 1) if line.startswith(LAST_WORD)]
    if ends and ends[-1] == len(said):
        # An attempt adds to what those before it said.
        said = said[ends[-2] if len(ends) > 1 else 0 :]
    return tuple(said)
