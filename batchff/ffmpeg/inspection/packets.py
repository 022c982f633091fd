"""What a file's packets say: which streams have any, when they begin and end, and how regularly.

All packets of a small file are read, of a large one those at its start, middle and end. Nothing is
decoded, but for one picture where the headers don't say what only a picture says.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from batchff.ffmpeg.inspection.blocks import BlockFile

LARGEST_WHOLE = 16 * 1024 * 1024
_MOST_BYTES = 16 * 1024 * 1024
_LEAST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 0.3
_PART_BYTES = 2 * 1024 * 1024
_PART_PACKETS = 2000
# From the key picture before the last seconds on.
_LAST_PACKETS = 20_000
MOST_TIMES = 100_000
_LAST_SECONDS = 3
# Pictures that are shown later than others come before them: at the end of a part some are missing.
_REORDERED = 16
_PACKETS_DECODED = 8


@dataclass(slots=True)
class Tally:
    """What was seen of a stream's packets; times are in its ticks.

    `times` are when pictures are shown, a list for each part of the file that was read.
    """

    packets: int = 0
    first: int | None = None
    end: int | None = None
    times: list[list[int]] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What was seen of a file's packets; `is_whole` says that it's all of them."""

    tallies: Sequence[Tally]
    is_whole: bool = False
    reached_end: bool = False
    is_last_corrupt: bool = False
    is_damaged: bool = False
    pictures: dict[int, Any] = field(default_factory=dict)


def read_packets(container: InputContainer, file: BlockFile, wanted: set[int]) -> Seen:
    """Read packets within the limits; decode one picture of each stream that is `wanted`."""
    seen = Seen([Tally() for _ in container.streams])
    if not container.streams:
        return seen
    file.limit = max(_MOST_BYTES, file.fetched + _LEAST_BYTES)
    reading = _Reading(container, file, seen, wanted)
    if reading.read(whole=file.size <= LARGEST_WHOLE):
        seen.is_whole = seen.reached_end = not file.is_spent
        return seen
    start, duration = container.start_time or 0, container.duration or 0
    if duration <= 0:
        return seen
    # What is missing is missing at the end, so that comes first, and however long the start took.
    last = _LAST_SECONDS * av.time_base
    reading.begin_anew()
    reading.read_from(start + max(0, duration - last), is_last=True)
    seen.reached_end = reading.is_at_end and not file.is_spent
    if file.size > LARGEST_WHOLE:
        reading.read_from(start + duration // 2)
    return seen


def read_pictures(container: InputContainer, file: BlockFile, seen: Seen, wanted: set[int]) -> None:
    """Decode one picture of each stream that is `wanted`, if it has one early."""
    file.limit = max(_MOST_BYTES, file.fetched + _LEAST_BYTES)
    scratch = Seen([Tally() for _ in container.streams], pictures=seen.pictures)
    _Reading(container, file, scratch, wanted).read(whole=False, only_pictures=True)


class _Reading:
    def __init__(
        self, container: InputContainer, file: BlockFile, seen: Seen, wanted: set[int]
    ) -> None:
        self._container = container
        self._file = file
        self._seen = seen
        self._wanted = set(wanted)
        self._began = time.process_time()
        self._only_pictures = False
        self.is_at_end = False
        for stream in container.streams:
            if stream.type == "video" and stream.codec_context is not None:
                stream.codec_context.thread_count = 1

    def begin_anew(self) -> None:
        """Let the time that a part may take begin now."""
        self._began = time.process_time()

    def read_from(self, place: int, *, is_last: bool = False) -> None:
        """Read a part from a time on, in libav's microseconds, if one can go there."""
        if self._file.is_spent:
            return
        with suppress(av.FFmpegError):
            self._container.seek(place)
            most = (_LAST_PACKETS, _MOST_BYTES) if is_last else (_PART_PACKETS, _PART_BYTES)
            self._read(*most)

    def read(self, *, whole: bool, only_pictures: bool = False) -> bool:
        """Read all, or only a part at the start; return whether the end was reached."""
        self._only_pictures = only_pictures
        if whole:
            return self._read(sys.maxsize, self._file.size)
        return self._read(_PART_PACKETS, _PART_BYTES)

    def _read(self, most_packets: int, most_bytes: int) -> bool:
        tallies = self._seen.tallies
        for tally in tallies:
            tally.times.append([])
        until = self._file.fetched + most_bytes
        read = 0
        self.is_at_end = False
        try:
            for packet in self._container.demux():
                if not packet.size:
                    continue
                read += 1
                _count(tallies[packet.stream_index], packet)
                self._seen.is_last_corrupt = packet.is_corrupt
                if self._wanted and packet.stream_index in self._wanted:
                    self._decode(packet)
                if not read % 64 and self._took_too_long():
                    return False
                is_enough = self._only_pictures and not self._wanted
                if is_enough or read >= most_packets or self._file.fetched > until:
                    return False
        except av.FFmpegError:
            # What libav can't read is the end for it; its words say more.
            return True
        except IndexError:
            # At the end, PyAV doesn't know a stream that libav found on the way there.
            pass
        self.is_at_end = True
        return True

    def _took_too_long(self) -> bool:
        return time.process_time() - self._began > MOST_SECONDS

    def _decode(self, packet: Any) -> None:
        """Decode until there is one picture; of a stream that has none early, there's none."""
        index = packet.stream_index
        is_last_try = self._seen.tallies[index].packets >= _PACKETS_DECODED
        with suppress(av.FFmpegError):
            pictures = packet.decode()
            if not pictures and is_last_try:
                pictures = packet.stream.decode(None)
            if pictures:
                self._seen.pictures[index] = pictures[0]
        if is_last_try or index in self._seen.pictures:
            self._wanted.discard(index)


def _count(tally: Tally, packet: Any) -> None:
    tally.packets += 1
    shown = packet.pts
    if shown is None:
        shown = packet.dts
    if shown is None or packet.is_discard:
        return
    if tally.first is None or shown < tally.first:
        tally.first = shown
    end = shown + (packet.duration or 0)
    if tally.end is None or end > tally.end:
        tally.end = end
    if len(tally.times[-1]) < MOST_TIMES:
        tally.times[-1].append(shown)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How pictures follow each other: how many a second on average, and whether irregularly.

    What isn't known is None.
    """

    rate: float | None = None
    is_variable: bool | None = None


def rhythm(tally: Tally, tick: Fraction | None, *, is_whole: bool) -> Rhythm:
    """Return the rhythm of the pictures that were seen."""
    steps: list[int] = []
    is_variable = False
    for times in tally.times:
        ordered = sorted(times)
        if not is_whole:
            ordered = ordered[_REORDERED:-_REORDERED]
        part = sorted(after - before for before, after in zip(ordered, ordered[1:], strict=False))
        if len(part) < 2:
            continue
        steps += part
        usual = part[len(part) // 2]
        slack = max(2, usual // 50)
        is_variable |= usual - part[0] > slack or part[-1] - usual > slack
    span = sum(steps)
    if not tick or not span:
        return Rhythm()
    known = True if is_variable else False if is_whole else None
    return Rhythm(len(steps) / float(span * tick), known)
