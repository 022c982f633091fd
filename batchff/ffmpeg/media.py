"""File names of media: which are taken, and what their outputs are called."""

from __future__ import annotations

import codecs

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

_ALSO_TEXT = (".ts", ".mts")
"""Suffixes of MPEG transport streams, which TypeScript has too."""

MEDIA_SUFFIXES = frozenset((_VIDEO + _AUDIO).split())
"""Suffixes, in lower case, of the files that are taken from a folder."""


# "Media Types" of IANA, and for HLS RFC 8216 and "HLS Authoring Specification".
_CONTENT_TYPES = {
    ".aac": "audio/aac",
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4a": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".png": "image/png",
    ".srt": "application/x-subrip",
    ".ts": "video/mp2t",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}


def is_media(name: str) -> bool:
    """Return whether a file is video or audio, by its suffix alone."""
    return split_suffix(name)[1].lower() in MEDIA_SUFFIXES


def may_be_source_code(name: str) -> bool:
    """Return whether only a look into a file tells if it's media or TypeScript."""
    return split_suffix(name)[1].lower() in _ALSO_TEXT


def is_text(head: bytes) -> bool:
    """Return whether a file begins as a text: UTF-8, and no control character but blanks."""
    try:
        # A character may be cut off at the end.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(each < " " and each not in "\t\n\r\f" for each in text)


def content_type(name: str) -> str:
    """Return the media type of a file or a suffix, which players need; empty if unknown."""
    return _CONTENT_TYPES.get(f".{name.rpartition('.')[2]}".lower(), "")
