"""Which subtitles a container takes, and as what."""

from __future__ import annotations

from batchff.ffmpeg.streams import TEXT_CODECS

_MP4 = frozenset({"mov_text"})
_AS_THEY_ARE = {
    ".mkv": frozenset(
        {
            *("subrip", "text", "ass", "ssa", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle"),
            *("dvb_subtitle", "hdmv_text_subtitle"),
        }
    ),
    ".mp4": _MP4 | {"dvd_subtitle"},
    ".m4v": _MP4 | {"dvd_subtitle"},
    ".mov": _MP4 | {"eia_608"},
    ".webm": frozenset({"webvtt"}),
    ".ts": frozenset({"dvb_subtitle", "dvb_teletext"}),
}
_MADE_OF_TEXT = {
    ".mkv": "srt",
    ".mp4": "mov_text",
    ".m4v": "mov_text",
    ".mov": "mov_text",
    ".webm": "webvtt",
}


def is_known(suffix: str) -> bool:
    """Return whether it's known which subtitles files of a suffix take."""
    return suffix in _AS_THEY_ARE


def subtitle_encoder(codec: str, suffix: str) -> str:
    """Return what makes subtitles fit files of a suffix: `copy`, or an encoder.

    Empty where such files can't have them: text can't be made of pictures.
    """
    if codec in _AS_THEY_ARE.get(suffix, ()):
        return "copy"
    return _MADE_OF_TEXT.get(suffix, "") if codec in TEXT_CODECS else ""
