"""Makes inspections as tests need them: `source(video(), sound(language="eng"))`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batchff.model.inspection import Inspection, Picture, Sound, Stream, StreamKind

MOV = "mov,mp4,m4a,3gp,3g2,mj2"
MATROSKA = "matroska,webm"


def source(*streams: Stream, container: str = MATROSKA, **facts: Any) -> Inspection:
    """Return what a look says of a file with these streams, in their order."""
    numbered = tuple(replace(stream, index=at) for at, stream in enumerate(streams))
    return Inspection(container, 1000, numbered, duration=4.0, **facts)


def video(
    width: int = 96, height: int = 64, *flags: str, codec: str = "h264", **facts: Any
) -> Stream:
    """Return a video stream; `flags` are its dispositions, `facts` those of a Picture or Stream."""
    of_stream = {name: facts.pop(name) for name in list(facts) if name in Stream.__slots__}
    picture = Picture(width, height, **facts)
    return Stream(0, StreamKind.VIDEO, codec, dispositions=flags, picture=picture, **of_stream)


def cover() -> Stream:
    """Return a cover, as in a song."""
    return video(80, 80, "attached_pic", codec="mjpeg")


def sound(
    *flags: str,
    language: str = "",
    title: str = "",
    channels: int = 2,
    layout: str = "stereo",
    codec: str = "aac",
    **facts: Any,
) -> Stream:
    """Return an audio stream; `flags` are its dispositions."""
    return Stream(
        0,
        StreamKind.AUDIO,
        codec,
        language,
        title,
        flags,
        sound=Sound(channels, 48000, layout),
        **facts,
    )


def mono(codec: str = "pcm_s24le", language: str = "") -> Stream:
    """Return a channel as a stream of its own."""
    return sound(channels=1, layout="mono", codec=codec, language=language)


def subtitles(*flags: str, codec: str = "subrip", language: str = "eng") -> Stream:
    """Return subtitles; `flags` are their dispositions."""
    return Stream(0, StreamKind.SUBTITLES, codec, language, dispositions=flags)


def font() -> Stream:
    """Return an attached font."""
    return Stream(0, StreamKind.ATTACHMENT, "ttf")
