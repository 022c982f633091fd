"""File names of media: which are taken, what they are called on a node, what their outputs are."""

from __future__ import annotations

import re

_VIDEO = """
    .3g2 .3gp .amv .asf .avi .divx .dv .f4v .flv .gxf .ivf .m1v .m2p .m2t .m2ts .m2v .m4v .mj2
    .mjpeg .mjpg .mkv .mod .mov .mp4 .mpe .mpeg .mpg .mts .mxf .nut .nuv .ogm .ogv .qt .rm .rmvb
    .tod .ts .vob .webm .wmv .wtv .y4m
"""
_AUDIO = """
    .aa .aac .ac3 .adts .aif .aifc .aiff .alac .amr .ape .au .caf .dsf .dts .eac3 .flac .gsm
    .m4a .m4b .m4r .mka .mp1 .mp2 .mp3 .mpa .mpc .oga .ogg .opus .ra .snd .spx .tak .tta .voc
    .w64 .wav .weba .wma .wv
"""

MEDIA_SUFFIXES = frozenset((_VIDEO + _AUDIO).split())
"""Suffixes, in lower case, of the files that are taken from a folder."""

_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,16}")


def is_media(name: str) -> bool:
    """Say whether a file is video or audio, by its suffix alone."""
    return _split_suffix(name)[1].lower() in MEDIA_SUFFIXES


def node_input_name(name: str) -> str:
    """Return the plain name an input has on its node: `input` and, if it is plain too, its suffix.

    The suffix stays because ffmpeg takes it as a hint of the format.
    """
    suffix = _split_suffix(name)[1].lower()
    return f"input{suffix}" if _PLAIN_SUFFIX.fullmatch(suffix) else "input"


def output_relative(relative: str, suffix: str) -> str:
    """Return the path of the output that belongs to an input, with `suffix` for its last suffix."""
    return _split_suffix(relative)[0] + suffix


def _split_suffix(path: str) -> tuple[str, str]:
    """Split a path before its last suffix, which is empty for `name`, `.hidden` and `name.`."""
    start, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem.strip(".") or not suffix:
        return path, ""
    return f"{start}{slash}{stem}", dot + suffix
