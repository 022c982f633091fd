"""What is wrong with a file that opens: only what is certain, the rest is found on the node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import av
from av.container import InputContainer

from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.packets import Seen
from batchff.ffmpeg.inspection.stated import Stated
from batchff.model.inspection import Problem, ProblemKind

_CUT_OFF_WORDS = ("partial file", "file ended prematurely", "truncating packet")
_DAMAGED_WORDS = (
    "invalid nal unit size",
    "missing picture in access unit",
    "error splitting the input into nal units",
    "error while decoding mb",
    "invalid as first byte of an ebml number",
    "exceeds containing master element",
    "exceeds max length",
    "invalid data found when processing input",
)
_GUESSED_LENGTH = "estimating duration from bitrate"
# They may begin and end anywhere: what is missing there was never in them.
_BEGIN_ANYWHERE = ("mpegts", "mpeg", "h264", "hevc", "mpegvideo", "mp3", "aac", "ogg")
_ALL_THERE = 0.02
# Formats that say of each packet how long it is. Of others, the last one may be shorter.
_WHOLE_PACKETS = ("mov", "mxf")
# Formats whose headers say how long they are only once they are complete, and by how many seconds
# that may be wrong, at least and as a share.
_SAY_THEIR_LENGTH = {"flac": (_ALL_THERE, 0.0), "matroska": (1.0, 0.02)}


def problems_of(
    container: InputContainer,
    file: BlockFile,
    said: Stated | None,
    seen: Seen,
    words: Iterable[str],
) -> tuple[Problem, ...]:
    """Return what is wrong with a file, by its headers, its packets, and what libav said of it."""
    lines = [line.lower() for line in words]
    format = container.format.name.split(",")[0]
    cut = _cut_off(container, file, said, seen, lines, format)
    if cut is not None:
        return (cut,)
    is_damaged = seen.is_damaged or (
        format not in _BEGIN_ANYWHERE
        and any(word in line for line in lines for word in _DAMAGED_WORDS)
    )
    return (Problem(ProblemKind.DAMAGED, "parts of it are damaged"),) if is_damaged else ()


def _cut_off(
    container: InputContainer,
    file: BlockFile,
    said: Stated | None,
    seen: Seen,
    lines: list[str],
    format: str,
) -> Problem | None:
    length = container.duration / av.time_base if container.duration else None
    held = _held_by_packets(container, seen)
    said = said or Stated()
    if said.is_index_cut:
        return Problem(ProblemKind.CUT_OFF, "its moov atom is cut off: streams may be missing")
    if said.has_fragments:
        length = None
    index = _held_by_index(container, file.size) if format == "mov" else None
    if index is not None:
        return _cut_words(held if said.has_fragments else index, length)
    if said.end > file.size:
        return _cut_words(held if said.held is None else said.held, said.seconds or length)
    if not seen.reached_end or format in _BEGIN_ANYWHERE:
        return None
    if (seen.is_whole and seen.is_last_corrupt and format in _WHOLE_PACKETS) or any(
        word in line for line in lines for word in _CUT_OFF_WORDS
    ):
        return _cut_words(held, length)
    if (
        format in _SAY_THEIR_LENGTH
        and length
        and not any(_GUESSED_LENGTH in each for each in lines)
    ):
        least, share = _SAY_THEIR_LENGTH[format]
        last = _last_end(container, seen)
        if last is not None and last < length - max(least, share * length):
            return _cut_words(held, length)
    return None


def _cut_words(held: float | None, length: float | None) -> Problem | None:
    """Return the problem in words; None where all of its media are there nonetheless."""
    if held is not None and length is not None:
        if held >= length - _ALL_THERE:
            return None
        words = f"{held:.1f} of {length:.1f} s: the file is cut off"
    elif held is not None:
        words = f"it ends after {held:.1f} s: the file is cut off"
    else:
        words = "the file is cut off"
    return Problem(ProblemKind.CUT_OFF, words)


def _held_by_packets(container: InputContainer, seen: Seen) -> float | None:
    """Return how many seconds there are, of its film if it has one, by the packets at its end."""
    if not seen.reached_end:
        return None
    for kind in ("video", "audio"):
        ends = list(_ends(container, seen, kind))
        if ends:
            return max(ends)
    return None


def _last_end(container: InputContainer, seen: Seen) -> float | None:
    """Return when the last packet ends by the file's own clock, which Matroska's length is of."""
    start = (container.start_time or 0) / av.time_base
    last = max(_ends(container, seen), default=None)
    return None if last is None else last + max(0.0, start)


def _ends(container: InputContainer, seen: Seen, kind: str = "") -> Iterable[float]:
    start = (container.start_time or 0) / av.time_base
    for stream, tally in zip(container.streams, seen.tallies, strict=False):
        is_cover = bool(stream.disposition & av.stream.Disposition.attached_pic)
        if (
            kind in ("", stream.type)
            and tally.end is not None
            and stream.time_base
            and not is_cover
        ):
            yield float(tally.end * stream.time_base) - start


def _held_by_index(container: InputContainer, size: int) -> float | None:
    """Return how many seconds lie before the file's end; None where all that the index has do."""
    held: dict[str, float] = {}
    for stream in container.streams:
        entries = stream.index_entries
        count = len(entries)
        if stream.type not in ("video", "audio") or not count or not stream.time_base:
            continue
        if _is_there(entries[count - 1], size):
            continue
        first, beyond = 0, count - 1
        while first < beyond:
            middle = (first + beyond) // 2
            if _is_there(entries[middle], size):
                first = middle + 1
            else:
                beyond = middle
        there = float(entries[beyond].timestamp * stream.time_base)
        held[stream.type] = max(there, held.get(stream.type, 0.0))
    found = held.get("video", held.get("audio"))
    return None if found is None else max(0.0, found)


def _is_there(entry: Any, size: int) -> bool:
    return bool(entry.pos + entry.size <= size)
