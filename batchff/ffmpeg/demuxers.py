"""The demuxers of ffmpeg that may read a source, and the script that holds ffmpeg to them."""

from __future__ import annotations

from importlib import resources

_PLACE = "MEDIA_DEMUXERS"


def media_demuxers() -> tuple[str, ...]:
    """Return the names of the demuxers that read a source and no other file, nor an address.

    They are those of several versions of ffmpeg: none minds a name that it doesn't have.
    """
    text = (resources.files(__package__) / "demuxers.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(name for line in lines for name in line.split())


def encode_script() -> bytes:
    """Return `encode.sh` as a node needs it, with the demuxers in their place."""
    script = (resources.files("batchff.node") / "encode.sh").read_text("utf-8")
    if script.count(_PLACE) != 1:
        raise ValueError(f"encode.sh has no single place for {_PLACE}")
    return script.replace(_PLACE, ",".join(media_demuxers())).encode()
