"""What a look into a media file says: its streams, its length, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any


class StreamKind(StrEnum):
    """What a stream holds."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLES = "subtitles"
    DATA = "data"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of the pictures of a video stream.

    `width` and `height` are in pixels as coded, `rotation` in degrees clockwise. `pixel_aspect` is
    the shape of a pixel as in 64:45, empty where it isn't said. The names of formats and colours
    are ffmpeg's, empty where a colour isn't said; `field_order` is `progressive`, one of ffmpeg's
    orders (tt, bb, tb, bt), or empty. `frame_rate` is the average in pictures a second, 0 where it
    isn't known. What isn't known for certain is None.
    """

    width: int
    height: int
    pixel_format: str = ""
    bits: int = 8
    has_alpha: bool = False
    is_rgb: bool = False
    pixel_aspect: str = ""
    rotation: int = 0
    frame_rate: float = 0.0
    is_variable: bool | None = None
    field_order: str = ""
    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    range: str = ""
    has_mastering: bool = False
    has_light_level: bool = False
    dolby_vision: int | None = None
    """The profile, None where it's no Dolby Vision."""

    @property
    def is_hdr(self) -> bool:
        """Whether its colours are for HDR screens: PQ or HLG."""
        return self.transfer in ("smpte2084", "arib-std-b67")

    @property
    def is_interlaced(self) -> bool:
        """Whether its pictures are said to be made of two fields."""
        return self.field_order not in ("", "progressive", "unknown")


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of an audio stream; `layout` is ffmpeg's name, empty where it isn't said."""

    channels: int
    sample_rate: int
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of a file.

    `index` counts all streams of the file, from 0. `codec` is ffmpeg's name of it. `language` is
    as the file has it, empty for none and for `und`. `dispositions` are ffmpeg's names of those
    that are set. Times are in seconds of the file's own clock: `start` and `duration` as the header
    says, `begins` and `ends` of the packets that were seen, the end with the last one's duration.
    `frames` is the header's count. `packets` is how many there are, None where not all are known.
    What isn't known is None; `is_empty` too, where only a part of the file was read.
    """

    index: int
    kind: StreamKind
    codec: str = ""
    language: str = ""
    title: str = ""
    dispositions: tuple[str, ...] = ()
    start: float | None = None
    duration: float | None = None
    begins: float | None = None
    ends: float | None = None
    frames: int | None = None
    packets: int | None = None
    is_empty: bool | None = None
    bit_rate: int | None = None
    picture: Picture | None = None
    sound: Sound | None = None

    @property
    def is_cover(self) -> bool:
        """Whether it's a picture that belongs to the file, such as a cover, and no film."""
        return "attached_pic" in self.dispositions

    @property
    def is_default(self) -> bool:
        """Whether players take it where nobody chooses."""
        return "default" in self.dispositions

    @property
    def is_forced(self) -> bool:
        """Whether players show it even to those who want no subtitles."""
        return "forced" in self.dispositions


class ProblemKind(StrEnum):
    """What can be wrong with a file that opens."""

    CUT_OFF = "cut off"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, in words that can follow its name: `1.2 of 4.0 s: …`."""

    kind: ProblemKind
    words: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look into a file says.

    `format` is ffmpeg's name of the demuxer. `duration` is in seconds, as the header says; it can
    be estimated, and can be wrong. `start` is where the file's clock begins. `tags` are the names
    of the file's own tags, in small letters, never their values. `is_whole` says that each packet
    was read, or is in an index that was, so that what `ends` says is certain.
    """

    format: str
    size: int
    streams: tuple[Stream, ...] = ()
    duration: float | None = None
    start: float | None = None
    chapters: int = 0
    tags: tuple[str, ...] = ()
    timecode: str = ""
    is_whole: bool = False
    problems: tuple[Problem, ...] = ()

    def of_kind(self, kind: StreamKind) -> tuple[Stream, ...]:
        """Return the streams of a kind, in the file's order."""
        return tuple(stream for stream in self.streams if stream.kind is kind)


def pixels_a_second(inspection: Inspection) -> float:
    """Return how many pixels a file's films show in a second; 0 where it has none."""
    films = [
        each.picture
        for each in inspection.of_kind(StreamKind.VIDEO)
        if each.picture and not each.is_cover
    ]
    return float(sum(film.width * film.height * (film.frame_rate or 25.0) for film in films))


@dataclass(frozen=True, slots=True)
class NotMedia:
    """A file that ffmpeg can't open, and why: words that can follow its name."""

    reason: str


Inspected = Inspection | NotMedia
"""What becomes of a look into a file."""


def inspected_json(inspected: Inspected) -> str:
    """Return what a look said as one line of JSON, for `read_inspected`; defaults are left out."""
    return json.dumps(_without_defaults(inspected), separators=(",", ":"), sort_keys=True)


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(kind))


def _without_defaults(held: Any) -> dict[str, Any]:
    # `asdict` would cost a tenth of the look itself.
    plain: dict[str, Any] = {}
    for name, default in _defaults(held.__class__):
        value = getattr(held, name)
        if value is default or value == default:
            continue
        if isinstance(value, tuple):
            value = [each if isinstance(each, str) else _without_defaults(each) for each in value]
        elif isinstance(value, Picture | Sound):
            value = _without_defaults(value)
        plain[name] = value
    return plain


def read_inspected(line: str) -> Inspected:
    """Return what `inspected_json` wrote; raise ValueError for what it can't have written."""
    try:
        fields = json.loads(line)
        return NotMedia(**fields) if "reason" in fields else _inspection(**fields)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not what a look into a file says: {error}") from error


def _inspection(
    streams: Iterable[dict[str, Any]] = (),
    problems: Iterable[dict[str, str]] = (),
    tags: Iterable[str] = (),
    **others: Any,
) -> Inspection:
    return Inspection(
        **others,
        streams=tuple(_stream(**stream) for stream in streams),
        tags=tuple(tags),
        problems=tuple(Problem(ProblemKind(each["kind"]), each["words"]) for each in problems),
    )


def _stream(
    kind: str,
    dispositions: Iterable[str] = (),
    picture: dict[str, Any] | None = None,
    sound: dict[str, Any] | None = None,
    **others: Any,
) -> Stream:
    return Stream(
        **others,
        kind=StreamKind(kind),
        dispositions=tuple(dispositions),
        picture=Picture(**picture) if picture else None,
        sound=Sound(**sound) if sound else None,
    )
