"""The demuxers of ffmpeg that may read a source, and the script that holds ffmpeg to them."""

from __future__ import annotations

import re
from importlib import resources

_PLACE = "MEDIA_DEMUXERS"
_PART = re.compile(r"^\. \./(encode/[a-z]+\.sh)$", re.MULTILINE)


def media_demuxers() -> tuple[str, ...]:
    """Return the names of the demuxers that read a source and no other file, nor an address.

    They are those of several versions of ffmpeg: none minds a name that it doesn't have.
    """
    text = (resources.files(__package__) / "demuxers.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(name for line in lines for name in line.split())


def encode_script() -> bytes:
    """Return `encode.sh` as a node needs it, with its parts and the demuxers in their places."""
    folder = resources.files("batchff.node")
    script = _PART.sub(
        lambda part: (folder / part[1]).read_text("utf-8"),
        (folder / "encode.sh").read_text("utf-8"),
    )
    if script.count(_PLACE) != 1:
        raise ValueError(f"encode.sh has no single place for {_PLACE}")
    return script.replace(_PLACE, ",".join(media_demuxers())).encode()
