"""File names of media: which are taken, and what their outputs are called."""

from __future__ import annotations

from batchff.model.paths import split_suffix

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


def is_media(name: str) -> bool:
    """Return whether a file is video or audio, by its suffix alone."""
    return split_suffix(name)[1].lower() in MEDIA_SUFFIXES


def output_relative(relative: str, suffix: str) -> str:
    """Return the path of the output that belongs to an input, with `suffix` for its last suffix."""
    return split_suffix(relative)[0] + suffix
