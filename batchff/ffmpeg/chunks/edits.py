"""The clocks, the lengths and the edit lists of an MP4 file's tracks."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from batchff.ffmpeg.chunks.boxes import Box, DamagedBoxes
from batchff.ffmpeg.chunks.film import CannotCut

LONGEST_32 = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Edits:
    """What a track's edit list says, in the track's ticks.

    The track is shown `late` by so many ticks, from its own time `start` on, until `end`.
    """

    late: int
    start: int
    end: int | None


def ticks_of(header: bytes) -> int:
    """Return how many ticks a second has, by the header of a movie or of its media."""
    scale: int = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)[0]
    if not scale:
        raise DamagedBoxes("a clock has no ticks")
    return scale


def edits_of(track: Box, movie_scale: int, scale: int) -> Edits:
    """Return a track's edit list; raise CannotCut where it shows more than one part."""
    late, entries = lateness(track, movie_scale)
    if not entries:
        if late:
            raise CannotCut("its edit list shows nothing")
        return Edits(late, 0, None)
    duration, start, rate = entries[0]
    if len(entries) > 1 or rate != 1 << 16 or start < 0:
        raise CannotCut("its edit list has several parts")
    length = rescaled(duration, scale, movie_scale)
    return Edits(late, start, start + length if length else None)


def lateness(track: Box, movie_scale: int) -> tuple[int, list[tuple[int, int, int]]]:
    """Return how many ticks late a track is shown, and the rest of its edit list."""
    entries = _entries(track)
    late = 0
    while entries and entries[0][1] == -1:
        late += entries.pop(0)[0]
    return rescaled(late, ticks_of(track.content_of(b"mdia", b"mdhd")), movie_scale), entries


def _entries(track: Box) -> list[tuple[int, int, int]]:
    box = track.find(b"edts", b"elst")
    if box is None:
        return []
    form = ">QqI" if box.content[0] == 1 else ">IiI"
    width = struct.calcsize(form)
    count = struct.unpack_from(">I", box.content, 4)[0]
    return list(struct.iter_unpack(form, box.content[8 : 8 + count * width]))


def rescaled(ticks: int, scale: int, from_scale: int) -> int:
    """Round as ffmpeg does (av_rescale): halves away from 0."""
    return (2 * ticks * scale + from_scale) // (2 * from_scale)


def edit_box(late: int, start: int, length: int) -> Box:
    """Return the edit list that shows a track so late, from a time of its own on, for so long."""
    entries = [(late, -1)] if late else []
    entries.append((length, start))
    content = b"".join(struct.pack(">QqI", *entry, 1 << 16) for entry in entries)
    return Box(b"edts", b"", [Box(b"elst", struct.pack(">II", 1 << 24, len(entries)) + content)])


def set_scale(index: Box, scale: int) -> None:
    """Let the edit list have the track's own ticks, so that nothing is rounded."""
    header = index.find(b"mvhd")
    if header is not None:
        header.content = _replaced(header.content, 20 if header.content[0] == 1 else 12, scale)


def set_durations(track: Box, shown: int, decoded: int) -> None:
    """Write how long the track is shown, in the movie's ticks, and decoded, in its own."""
    header, media = track.find(b"tkhd"), track.find(b"mdia", b"mdhd")
    if header is None or media is None:
        raise DamagedBoxes("a track has no header")
    header.content = _with_duration(header.content, 28, 20, shown)
    media.content = _with_duration(media.content, 24, 16, decoded)


def set_length(index: Box, ticks: int) -> None:
    """Write how long the file is, in the movie's ticks."""
    header = index.find(b"mvhd")
    if header is not None:
        header.content = _with_duration(header.content, 24, 16, ticks)


def length_of(track: Box) -> int:
    """Return how long a track is shown, in the movie's ticks."""
    header = track.content_of(b"tkhd")
    is_long = header[0] == 1
    ticks: int = struct.unpack_from(">Q" if is_long else ">I", header, 28 if is_long else 20)[0]
    return 0 if ticks in (LONGEST_32, 2**64 - 1) else ticks


def _with_duration(content: bytes, long_place: int, place: int, ticks: int) -> bytes:
    if content[0] == 1:
        return content[:long_place] + struct.pack(">Q", ticks) + content[long_place + 8 :]
    return _replaced(content, place, min(ticks, LONGEST_32 - 1))


def _replaced(content: bytes, place: int, number: int) -> bytes:
    return content[:place] + struct.pack(">I", number) + content[place + 4 :]
