"""What a file's headers say of its streams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import av.stream
from av.container import InputContainer

from batchff.ffmpeg.inspection.colours import (
    FIELD_ORDERS,
    MATRICES,
    PRIMARIES,
    RANGES,
    TRANSFERS,
)
from batchff.ffmpeg.inspection.dump import Described
from batchff.ffmpeg.inspection.text import clean
from batchff.model.inspection import Picture, Sound, Stream, StreamKind

_KINDS = {
    "video": StreamKind.VIDEO,
    "audio": StreamKind.AUDIO,
    "subtitle": StreamKind.SUBTITLES,
    "attachment": StreamKind.ATTACHMENT,
}


_USUAL_HANDLER = re.compile(r"handler|core media|gpac|iso media|\bmedia\b|^$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _PixelFormat:
    bits: int
    has_alpha: bool
    is_rgb: bool


def stream_of(stream: av.stream.Stream, said: Described) -> Stream:
    """Return what the headers say of a stream; what its packets say isn't in it."""
    tick = stream.time_base
    context: Any = stream.codec_context
    kind = _KINDS.get(stream.type, StreamKind.DATA)
    language = clean(stream.metadata.get("language"))
    return Stream(
        index=stream.index,
        kind=kind,
        codec=said.codec or (context.codec.canonical_name if context else ""),
        language="" if language == "und" else language,
        title=clean(_title(stream.metadata)),
        dispositions=_dispositions(int(stream.disposition)),
        start=seconds(stream.start_time, tick),
        duration=seconds(stream.duration, tick),
        frames=stream.frames or None,
        bit_rate=(context.bit_rate or None) if context and kind in _WITH_RATE else None,
        picture=_picture(stream, said) if kind is StreamKind.VIDEO else None,
        sound=_sound(context) if kind is StreamKind.AUDIO else None,
    )


_WITH_RATE = (StreamKind.VIDEO, StreamKind.AUDIO)


def _title(metadata: Mapping[str, str]) -> str | None:
    """Return what a stream is called; in MP4 its handler may have the name, if that's unusual."""
    handler = metadata.get("handler_name", "")
    named = "" if _USUAL_HANDLER.search(handler) else handler
    return metadata.get("title") or metadata.get("filename") or named


def seconds(ticks: int | None, tick: Fraction | None) -> float | None:
    """Return a time in seconds; None where there is none."""
    # Python's fractions would take a tenth of a whole look.
    if ticks is None or not tick:
        return None
    return round(ticks * tick.numerator / tick.denominator, 6)


def timecode_of(container: InputContainer) -> str:
    """Return the timecode that a file begins with; empty where it has none."""
    holders = (container, *container.streams)
    return next((clean(each.metadata["timecode"]) for each in holders if _has_timecode(each)), "")


def tag_names(container: InputContainer) -> tuple[str, ...]:
    """Return the names of a file's own tags; those of an Ogg file lie on its first stream."""
    names = dict.fromkeys(container.metadata)
    if container.format.name == "ogg" and container.streams:
        names |= dict.fromkeys(container.streams[0].metadata)
    return tuple(dict.fromkeys(filter(None, (clean(name).lower() for name in names))))


def _has_timecode(holder: Any) -> bool:
    return bool(holder.metadata.get("timecode"))


@cache
def _dispositions(value: int) -> tuple[str, ...]:
    return tuple(str(each.name) for each in av.stream.Disposition if value & each.value)


def _picture(stream: Any, said: Described) -> Picture:
    # Without a decoder there is no context, and PyAV would crash at each question.
    context = stream.codec_context
    if context is None:
        width, height = said.size or (0, 0)
        return Picture(width, height, rotation=said.rotation, dolby_vision=said.dolby_vision)
    name = context.pix_fmt or ""
    format = _pixel_format(name)
    aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio
    rate = stream.average_rate or stream.guessed_rate
    is_cover = bool(stream.disposition & av.stream.Disposition.attached_pic)
    return Picture(
        width=context.width,
        height=context.height,
        pixel_format=name,
        bits=format.bits,
        # VP8 and VP9 have it beside the picture, which the decoder doesn't say.
        has_alpha=format.has_alpha or stream.metadata.get("alpha_mode") == "1",
        is_rgb=format.is_rgb,
        pixel_aspect=f"{aspect.numerator}:{aspect.denominator}" if aspect else "",
        rotation=said.rotation,
        frame_rate=round(float(rate), 6) if rate and not is_cover else 0.0,
        field_order=FIELD_ORDERS.get(context.field_order, ""),
        primaries=PRIMARIES.get(context.color_primaries, ""),
        transfer=TRANSFERS.get(context.color_trc, ""),
        matrix=MATRICES.get(context.colorspace, ""),
        range=RANGES.get(context.color_range, "pc" if name.startswith("yuvj") else ""),
        has_mastering=said.has_mastering,
        has_light_level=said.has_light_level,
        dolby_vision=said.dolby_vision,
    )


@cache
def _pixel_format(name: str) -> _PixelFormat:
    if not name:
        return _PixelFormat(8, has_alpha=False, is_rgb=False)
    format = av.VideoFormat(name)
    parts = format.components
    return _PixelFormat(
        bits=max((part.bits for part in parts), default=8),
        has_alpha=any(part.is_alpha for part in parts),
        is_rgb=format.is_rgb or format.has_palette,
    )


def _sound(context: Any) -> Sound:
    if context is None:
        return Sound(0, 0)
    layout = context.layout.name
    # libav's own words where no layout is said.
    known = "" if layout.endswith(" channels") else layout
    return Sound(context.layout.nb_channels, context.sample_rate or 0, known)
