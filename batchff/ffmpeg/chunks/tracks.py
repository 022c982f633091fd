"""The tracks of a Matroska file, and when it begins by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from batchff.ffmpeg.chunks.ebml import children, float_of, number_of, value_of, written
from batchff.ffmpeg.chunks.ebml import written_number as a_number
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.pictures import recovers_later

INFO = 0x1549A966
TRACKS = 0x1654AE6B
_ENTRY = 0xAE
_NUMBER, _UID, _TYPE, _CODEC = 0xD7, 0x73C5, 0x83, 0x86
_PRIVATE = 0x63A2
_DEFAULT_DURATION = 0x23E383
_TIME_SCALE = 0x23314F
_DELAY = 0x56AA
_ENCODINGS, _ENCODING, _ENCODING_TYPE = 0x6D80, 0x6240, 0x5033
_OPERATION = 0xE2
_SCALE = 0x2AD7B1

VIDEO, AUDIO, SUBTITLE, _METADATA = 1, 2, 0x11, 0x21
_SECOND = 10**9
_OTHER_TIMES = ("V_MS/VFW/FOURCC", "V_REAL/", "V_QUICKTIME")


@dataclass(frozen=True, slots=True)
class Track:
    """A track: what the file says of it, and `entry`, how it says so.

    The blocks of one that `is_packed` don't have its packets as they are.
    """

    entry: bytes
    number: int
    kind: int
    codec: str
    private: bytes
    duration: int
    delay: int
    is_packed: bool
    oddities: tuple[str, ...]

    @property
    def is_stream(self) -> bool:
        """Return whether ffmpeg makes a stream of it."""
        return self.kind in (VIDEO, AUDIO, SUBTITLE, _METADATA) and bool(self.codec)

    @property
    def is_film(self) -> bool:
        """Return whether it has pictures."""
        return self.kind == VIDEO

    def recovers_later(self, picture: bytes) -> bool:
        """Return whether a picture of it that is marked as key is right only after some others."""
        if self.codec != "V_MPEG4/ISO/AVC" or self.is_packed or len(self.private) < 5:
            return False
        return recovers_later(picture, (self.private[4] & 3) + 1)

    def check(self) -> None:
        """Raise CannotCut where its times or its pictures are written in a way of their own."""
        if self.oddities:
            raise CannotCut(self.oddities[0])
        if self.codec.startswith(_OTHER_TIMES):
            raise CannotCut("its pictures have times of decoding only, or none")


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a file begins.

    Where it has a `track`, that's when ffmpeg says so by this track's first packet: its versions
    don't agree on what an encoder's delay does to it.
    """

    time: Fraction
    track: Track | None = None


def read_tracks(content: bytes) -> list[Track]:
    """Return the tracks that an element tells of."""
    found = [_track(whole, inner) for kind, whole, inner in children(content) if kind == _ENTRY]
    if len({track.number for track in found}) != len(found):
        raise CannotCut("two of its tracks have the same number")
    return found


def scale_of(info: bytes) -> int:
    """Return how many nanoseconds a tick has."""
    scale = number_of(info, _SCALE, 1_000_000)
    if not 0 < scale <= _SECOND:
        raise CannotCut("its times can't be read")
    return scale


def ignored(track: Track) -> bytes:
    """Return an entry for a track whose blocks are there but are nothing to look at."""
    return written(
        _ENTRY,
        a_number(_NUMBER, track.number)
        + a_number(_UID, track.number)
        + a_number(_TYPE, SUBTITLE)
        + written(_CODEC, b"S_TEXT/UTF8"),
    )


def beginning_of(
    tracks: Sequence[Track], film: Track, firsts: Mapping[int, int], scale: int
) -> Beginning:
    """Return what ffmpeg takes for the file's beginning (libavformat, `update_stream_timings`).

    `firsts` says when each track's first packet is shown, in ticks.
    """
    seen = [track for track in tracks if track.is_stream and track.number in firsts]
    times = {track.number: Fraction(firsts[track.number] * scale, _SECOND) for track in seen}
    media = [track for track in seen if track.kind in (VIDEO, AUDIO)]
    texts = [times[track.number] for track in seen if track not in media]
    early = {each.number: times[each.number] - _delay(each, scale) for each in media}
    first = min(early.values(), default=times[film.number])
    late = min((times[each.number] for each in media), default=first)
    if texts and 0 < late - min(texts) < 1:
        if first != late:
            raise CannotCut("when it begins depends on ffmpeg's version")
        return Beginning(min(texts))
    if first == late:
        return Beginning(first)
    anchor = min(media, key=lambda each: early[each.number])
    if times[anchor.number] != late:
        raise CannotCut("when it begins depends on ffmpeg's version")
    return Beginning(late, anchor)


def _delay(track: Track, scale: int) -> Fraction:
    """Return how much sooner ffmpeg takes a track to begin, for its encoder's delay."""
    if track.kind != AUDIO:
        return Fraction(0)
    return Fraction((2 * track.delay + scale) // (2 * scale) * scale, _SECOND)


def _track(whole: bytes, content: bytes) -> Track:
    number = number_of(content, _NUMBER, 0)
    if not 0 < number < (1 << 49):
        raise CannotCut("its structure can't be read")
    oddities = []
    pace = value_of(content, _TIME_SCALE)
    if pace is not None and pace and float_of(pace) != 1.0:
        oddities.append("its film has a clock of its own")
    if any(number_of(each, _ENCODING_TYPE, 0) for each in _encodings(content)):
        oddities.append("it's encrypted")
    if value_of(content, _OPERATION) is not None:
        oddities.append("its film is made of several tracks")
    return Track(
        whole,
        number,
        number_of(content, _TYPE, 0),
        (value_of(content, _CODEC) or b"").split(b"\0")[0].decode("ascii", "replace"),
        value_of(content, _PRIVATE) or b"",
        number_of(content, _DEFAULT_DURATION, 0),
        number_of(content, _DELAY, 0),
        bool(_encodings(content)),
        tuple(oddities),
    )


def _encodings(content: bytes) -> list[bytes]:
    all_ = value_of(content, _ENCODINGS)
    return [inner for kind, _, inner in children(all_ or b"") if kind == _ENCODING]
