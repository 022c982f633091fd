"""Which options of a line are about its film, and which about other streams, or the whole file."""

from __future__ import annotations

from batchff.ffmpeg.line.model import Option

_OF_FILE_WORDS = """
    map map_metadata map_chapters metadata disposition dn sn an attach program map_channel
    stream_group bitexact timecode
"""
_OF_FILE = frozenset(_OF_FILE_WORDS.split())
_KINDS_OF_OTHERS = frozenset({"audio", "subtitle", "data", "attachment"})


def is_of_others(option: Option) -> bool:
    """Return whether an option is about the whole file, or about streams other than the film."""
    if option.name in _OF_FILE or option.kind in _KINDS_OF_OTHERS:
        return True
    _, _, number = option.specifier.partition(":")
    return option.kind == "video" and number.isdigit() and int(number) != 0
