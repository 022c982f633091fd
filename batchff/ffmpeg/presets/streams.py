"""What a preset means by its streams, as arguments that do for any source.

Nothing is known of the source here, so the choice is simple: the first picture that is no cover,
the first sound. Text subtitles and a film's cover are left out: only a look into the source says
which of them can be kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchff.ffmpeg.presets.model import Pick, PromiseWords, Streams
from batchff.model.recipes import Count

_MAPS = {
    ("video", Pick.FILM): "0:V:0",
    ("video", Pick.FILM_IF_ANY): "0:V:0?",
    ("video", Pick.ALL): "0:v?",
    ("audio", Pick.MAIN): "0:a:0",
    ("audio", Pick.MAIN_IF_ANY): "0:a:0?",
    ("audio", Pick.ALL): "0:a?",
    ("subtitles", Pick.ALL): "0:s?",
}
_COUNTS = {
    Pick.NONE: Count.NONE,
    Pick.FILM: Count.ONE,
    Pick.FILM_IF_ANY: Count.ONE_IF_ANY,
    Pick.MAIN: Count.ONE,
    Pick.MAIN_IF_ANY: Count.ONE_IF_ANY,
    Pick.TEXT: Count.ANY,
    Pick.ALL: Count.ALL,
}


def stream_arguments(streams: Streams) -> Iterator[str]:
    """Yield the arguments that choose streams."""
    for kind in ("video", "audio", "subtitles"):
        if chosen := _MAPS.get((kind, getattr(streams, kind))):
            yield from ("-map", chosen)
    if streams.attachments:
        yield from ("-map", "0:t?")
    if streams.cover and streams.video is Pick.NONE:
        # All that is a picture, but nothing that moves.
        yield from ("-map", "0:v?", "-map", "-0:V?", "-c:v", "copy")


def tag_arguments(streams: Streams) -> Iterator[str]:
    """Yield the arguments that keep or leave tags and chapters."""
    if not streams.tags:
        yield from ("-map_metadata", "-1")
    else:
        yield from ("-map_metadata", "0")
        if streams.video is Pick.NONE and streams.audio is Pick.MAIN:
            # Ogg has them in the stream.
            yield from ("-map_metadata", "0:s:a:0")
    if not streams.chapters:
        yield from ("-map_chapters", "-1")


def counts(streams: Streams, promise: PromiseWords) -> tuple[Count, Count, Count]:
    """Return how many streams of video, audio and subtitles are promised.

    What the promise leaves open, the choice of streams says.
    """
    return (
        Count(promise.video or _COUNTS[streams.video]),
        Count(promise.audio or _COUNTS[streams.audio]),
        Count(promise.subtitles or _COUNTS[streams.subtitles]),
    )
