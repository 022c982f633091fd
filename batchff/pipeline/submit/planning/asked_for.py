"""What a user asked of ffmpeg, short enough for a list of jobs and with nothing secret in it."""

from __future__ import annotations

import re

_MOST = 160
_SECRET = re.compile(
    r"(?i)(-\S*(?:key|pass|auth|header|cookie|token|secret)\S*\s+)('[^']*'|\S+)"
    r"|('[^']*://[^']*'|\S*://\S*)"
)


def in_short(text: str) -> str:
    """Return a line of ASCII, at most 160 characters long.

    Keys and addresses are left out: it goes into a job's metadata, which others can read.
    """
    shown = _SECRET.sub(lambda found: f"{found[1] or ''}...", text)
    shown = " ".join(shown.encode("ascii", "replace").decode().split())
    return shown if len(shown) <= _MOST else f"{shown[: _MOST - 3].rstrip()}..."
