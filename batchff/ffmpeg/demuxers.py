"""The demuxers of ffmpeg that may read a source, and the scripts for nodes."""

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
    script = _with_parts("encode.sh")
    if script.count(_PLACE) != 1:
        raise ValueError(f"encode.sh has no single place for {_PLACE}")
    return script.replace(_PLACE, ",".join(media_demuxers())).encode()


def join_script() -> bytes:
    """Return `join.sh` as a node needs it, with its parts in their places."""
    return _with_parts("join.sh").encode()


def _with_parts(name: str) -> str:
    folder = resources.files("batchff.node")
    return _PART.sub(
        lambda part: (folder / part[1]).read_text("utf-8"),
        (folder / name).read_text("utf-8"),
    )
