"""Cuts the film of an MP4 or QuickTime file, by its sample tables alone.

A chunk is an MP4 file of its own: the film's track with fewer samples, and an edit list that shows
them at their times in the whole. So ffmpeg reads it as it reads the whole, and no decoding decides
where it begins or ends. Where ffmpeg looks at edit lists: `mov_fix_index` in libavformat/mov.c.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from batchff.ffmpeg.chunks.boxes import (
    LONG_HEAD,
    Box,
    DamagedBoxes,
    Place,
    Read,
    box_head,
    long_head,
    parse_box,
    top_boxes,
)
from batchff.ffmpeg.chunks.edits import (
    Edits,
    edit_box,
    edits_of,
    lateness,
    length_of,
    rescaled,
    set_durations,
    set_length,
    set_scale,
    ticks_of,
)
from batchff.ffmpeg.chunks.film import CannotCut, Key, Pack, Splice, pack
from batchff.ffmpeg.chunks.order import Cut, earliest_from, keys_at
from batchff.ffmpeg.chunks.pictures import recovers_later
from batchff.ffmpeg.chunks.tables import (
    FileChunks,
    Samples,
    descriptions_used,
    file_chunks,
    is_packed_oddly,
    offsets_box,
    read_samples,
    sample_boxes,
)

_LARGEST_INDEX = 256 * 1024 * 1024
_GAP = 256 * 1024
"""What lies between two samples of a chunk is fetched with them if it's no more than this."""

_LOOKED_AT = 4096
"""A picture's beginning, with what it says of itself, is no longer."""

_TEXTS = (b"text", b"sbtl", b"subt", b"clcp", b"tmcd", b"subp")


@dataclass(frozen=True)
class Mp4Film:
    """The film of an MP4 file; `open_mp4` makes it."""

    head: bytes
    index: Box
    number: int
    samples: Samples
    scale: int
    edits: Edits
    description: int
    starts: Fraction
    others: tuple[FileChunks, ...]

    @property
    def packets(self) -> int:
        """How many packets the film has."""
        return len(self.samples)

    @property
    def shown(self) -> int:
        """How many packets the edit list shows."""
        return sum(self.edits.start <= time < self._end for time in self.samples.shown)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Where it can be cut, in order."""
        times = [self._time(self.samples.shown[cut.picture]) for cut in self._cuts]
        times[0] = self._time(self._begin)
        return keys_at(times)

    @property
    def ends(self) -> Fraction:
        """When its last picture is over."""
        return self._time(self._end)

    def chunk(self, first: int, after: int | None) -> Splice:
        """Return a file with the film from one key up to another, or the end.

        Raises CannotCut where a header that it needs is damaged.
        """
        cut = self._cuts[first]
        until = self._cuts[after] if after is not None else None
        kept = [cut.picture, *range(cut.picture + cut.leading + 1, self._end_of(until))]
        needed = 0
        if until is not None and until.leading:
            needed = until.leading + 1
            kept += range(until.picture, until.picture + needed)
        begin = self.samples.shown[cut.picture] if first else self._begin
        end = self._end if until is None else self.samples.shown[until.picture]
        with _damage_refused():
            return self._spliced(kept, needed, begin, end)

    def rest(self) -> Splice:
        """Return a file with all other tracks, and the film's first pictures."""
        index = deepcopy(self.index)
        tracks = [box for box in index.boxes if box.kind == b"trak"]
        film = tracks[self.number]
        first = next(
            (
                cut.picture
                for cut in self._cuts[1:]
                if self.samples.shown[cut.picture] > self.edits.start
            ),
            len(self.samples),
        )
        kept = self._kept(range(first))
        pieces = [
            *zip(kept.offsets, kept.sizes, strict=True),
            *(
                each
                for chunks in self.others
                for each in zip(chunks.offsets, chunks.sizes, strict=True)
            ),
        ]
        packed = pack(pieces, 0)
        with _damage_refused():
            self._put_samples(film, kept)
            self._shorten(index, tracks, kept)

        def move(base: int) -> None:
            moved = iter(self.others)
            for track in tracks:
                table = _table(track)
                offsets = kept.offsets if track is film else next(moved).offsets
                table.remove(b"stco", b"co64")
                table.boxes.append(offsets_box([base + packed.place(each) for each in offsets]))

        return self._written(index, packed, move, len(kept))

    def _shorten(self, index: Box, tracks: Sequence[Box], kept: Samples) -> None:
        """Write into the headers that the film is only as long as the samples that are kept.

        ffmpeg 5 takes the length in the file's header for granted.
        """
        film, movie = tracks[self.number], ticks_of(index.content_of(b"mvhd"))
        shown = max(map(sum, zip(kept.shown, kept.lengths, strict=True)), default=0)
        end = self.edits.late + shown + self.samples.decoded[0] - self.edits.start
        lengths = [length_of(track) for track in tracks]
        lengths[self.number] = min(lengths[self.number], rescaled(max(end, 0), movie, self.scale))
        set_durations(film, lengths[self.number], sum(kept.lengths))
        set_length(index, max(lengths))

    def _spliced(self, kept: Sequence[int], needed: int, begin: int, end: int) -> Splice:
        """Return a file with some samples, shown from one of their times up to another.

        So many at the end are `needed` only so that others can be decoded.
        """
        # An edit can't begin before 0, as it would where a key is shown before it's decoded.
        early = max(self.samples.decoded[kept[0]] - begin, 0)
        samples = self._kept(kept, without_last_keys=needed, later=early)
        packed = pack(zip(samples.offsets, samples.sizes, strict=True), _GAP)
        index = deepcopy(self.index)
        film = [box for box in index.boxes if box.kind == b"trak"][self.number]
        index.boxes = [box for box in index.boxes if box.kind == b"mvhd"]
        index.boxes.append(film)
        film.remove(b"tref", b"edts")
        late = begin - self.edits.start + self.edits.late
        shown_at = begin - self.samples.decoded[kept[0]] + early
        film.boxes.append(edit_box(late, shown_at, end - begin))
        set_scale(index, self.scale)
        set_durations(film, end - begin, sum(samples.lengths))
        set_length(index, end - begin)
        self._put_samples(film, samples)

        def move(base: int) -> None:
            table = _table(film)
            table.remove(b"stco", b"co64")
            table.boxes.append(offsets_box([base + packed.place(at) for at in samples.offsets]))

        return self._written(index, packed, move, len(samples))

    def _written(
        self, index: Box, packed: Pack, move: Callable[[int], None], packets: int
    ) -> Splice:
        """Return a file: its head, its index, and then what its samples are in."""
        move(0)  # the offsets have the same length whatever they are
        base = len(self.head) + len(index.written()) + LONG_HEAD
        move(base)
        before = self.head + index.written() + long_head(b"mdat", packed.size)
        return Splice((before, *packed.ranges), packets)

    def _kept(self, kept: Sequence[int], without_last_keys: int = 0, later: int = 0) -> Samples:
        """Return some of the samples, shown `later`; so many at the end aren't marked as keys.

        ffmpeg ends a track at the first key that is shown after the edit list's end, though some
        that follow it are shown before.
        """
        all_ = self.samples
        keys = set(all_.keys)
        first = all_.decoded[kept[0]]
        decoded = [all_.decoded[at] - first for at in kept]
        lengths = [after - time for time, after in pairwise(decoded)] + [all_.lengths[kept[-1]]]
        return Samples(
            [all_.offsets[at] for at in kept],
            [all_.sizes[at] for at in kept],
            decoded,
            [all_.shown[at] - first + later for at in kept],
            lengths,
            [
                place
                for place, at in enumerate(kept)
                if at in keys and place < len(kept) - without_last_keys
            ],
        )

    def _put_samples(self, film: Box, samples: Samples) -> None:
        table = _table(film)
        description = table.find(b"stsd")
        table.boxes = [description] if description else []
        table.boxes += sample_boxes(samples, self.description)

    @cached_property
    def _cuts(self) -> tuple[Cut, ...]:
        return tuple(_cuts(self.samples, self.edits, self._end))

    @cached_property
    def _begin(self) -> int:
        """When the first picture is shown, in the track's own time."""
        return max(self.edits.start, min(self.samples.shown))

    @cached_property
    def _end(self) -> int:
        """When the last picture is over, in the track's own time."""
        last = max(range(len(self.samples)), key=self.samples.shown.__getitem__)
        end = self.samples.shown[last] + max(self.samples.lengths[last], 1)
        return end if self.edits.end is None else self.edits.end

    def _end_of(self, until: Cut | None) -> int:
        return len(self.samples) if until is None else until.picture

    def _time(self, ticks: int) -> Fraction:
        return Fraction(ticks - self.edits.start + self.edits.late, self.scale)


def open_mp4(read: Read, size: int, number: int) -> Mp4Film:
    """Return the film that is the track of this number, counted from 0.

    Only the file's index is read. Raises CannotCut where it can't be cut exactly.
    """
    with _damage_refused():
        return _open(read, size, number)


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except (DamagedBoxes, struct.error, IndexError, OverflowError) as error:
        raise CannotCut(f"its index can't be read ({error})") from error


def _open(read: Read, size: int, number: int) -> Mp4Film:
    places = list(top_boxes(read, size))
    if any(place.kind == b"moof" for place in places):
        raise CannotCut("it's a fragmented MP4: its index isn't in one place")
    index = _index(read, places)
    tracks = [box for box in index.boxes if box.kind == b"trak"]
    film = tracks[number] if number < len(tracks) else None
    if film is None or film.content_of(b"mdia", b"hdlr")[8:12] != b"vide":
        raise CannotCut("its film isn't the track that it seems to be")
    if any(_is_elsewhere(track) for track in tracks):
        raise CannotCut("its media is in other files")
    used = descriptions_used(_table(film))
    if len(used) != 1:
        raise CannotCut("how its pictures are encoded changes within it")
    scale = ticks_of(film.content_of(b"mdia", b"mdhd"))
    edits = edits_of(film, ticks_of(index.content_of(b"mvhd")), scale)
    samples = read_samples(_table(film))
    if not samples:
        raise CannotCut("it has no picture")
    if film.find(b"edts", b"elst"):
        # ffmpeg takes the first picture that is shown for the edit's beginning.
        first = min((time for time in samples.shown if time >= edits.start), default=edits.start)
        edits = replace(edits, start=first)
        if edits.end is not None and first >= edits.end:
            raise CannotCut("its edit list shows nothing")
    elif min(samples.shown) < 0:
        raise CannotCut("its first picture is shown before its beginning")
    others = tuple(file_chunks(_table(track)) for track in tracks if track is not film)
    sounds = (each for each in tracks if each.content_of(b"mdia", b"hdlr")[8:12] == b"soun")
    if any(is_packed_oddly(_table(track)) for track in sounds):
        raise CannotCut("its sound is packed as in old QuickTime files")
    for each in (FileChunks(samples.offsets, samples.sizes), *others):
        if max(map(sum, zip(each.offsets, each.sizes, strict=True)), default=0) > size:
            raise CannotCut("the file is cut off")
    _check_keys(read, _table(film), samples)
    head = _head(read, places)
    found = Mp4Film(head, index, number, samples, scale, edits, max(used), Fraction(0), others)
    return replace(found, starts=_starts(tracks, ticks_of(index.content_of(b"mvhd")), found))


def _check_keys(read: Read, table: Box, samples: Samples) -> None:
    """Raise CannotCut where H.264's keys need some more pictures until all is right.

    A decoder that begins there shows none of these. Three keys are looked at: each is a request.
    """
    described = table.content_of(b"stsd")
    at = described.find(b"avcC")
    if described[12:16] not in (b"avc1", b"avc3") or at < 0 or at + 9 > len(described):
        return
    width = (described[at + 8] & 3) + 1
    keys = samples.keys[1:]
    for key in {*keys[:1], *keys[len(keys) // 2 :][:1], *keys[-1:]}:
        content = read(samples.offsets[key], min(samples.sizes[key], _LOOKED_AT))
        if recovers_later(content, width):
            raise CannotCut("its key pictures are right only some pictures later")


def _index(read: Read, places: Sequence[Place]) -> Box:
    found = [place for place in places if place.kind == b"moov"]
    if len(found) != 1:
        raise CannotCut("it has no index, or several")
    if found[0].end - found[0].start > _LARGEST_INDEX:
        raise CannotCut("its index is too large")
    content = read(found[0].start, found[0].end - found[0].start)
    index = parse_box(b"moov", content)
    if index.find(b"mvex") or index.find(b"cmov"):
        raise CannotCut("it's a fragmented MP4: its index isn't in one place")
    return index


def _head(read: Read, places: Sequence[Place]) -> bytes:
    """Return the box that says which format it is; old files have none."""
    found = next((place for place in places if place.kind == b"ftyp"), None)
    if found is None:
        return b""
    content = read(found.start, found.end - found.start)
    return box_head(b"ftyp", len(content)) + content


def _table(track: Box) -> Box:
    table = track.find(b"mdia", b"minf", b"stbl")
    if table is None:
        raise DamagedBoxes("a track has no sample table")
    return table


def _is_elsewhere(track: Box) -> bool:
    """Return whether a track's samples are in another file."""
    references = track.find(b"mdia", b"minf", b"dinf", b"dref")
    if references is None or len(references.content) < 20:
        return False
    is_here = references.content[19] & 1
    return not is_here


def _starts(tracks: Sequence[Box], movie_scale: int, film: Mp4Film) -> Fraction:
    """Return what ffmpeg takes for the file's beginning (libavformat, `update_stream_timings`)."""
    begins: list[Fraction] = []
    texts: list[Fraction] = []
    for number, track in enumerate(tracks):
        kind = track.content_of(b"mdia", b"hdlr")[8:12]
        if number == film.number:
            begins.append(film.keys[0].time)
        elif kind in (b"soun", b"vide") or kind in _TEXTS:
            late, _ = lateness(track, movie_scale)
            begin = Fraction(late, ticks_of(track.content_of(b"mdia", b"mdhd")))
            (texts if kind in _TEXTS else begins).append(begin)
    first = min(begins)
    return min(texts) if texts and 0 < first - min(texts) < 1 else first


def _cuts(samples: Samples, edits: Edits, end: int) -> Iterator[Cut]:
    """Yield the samples that a cut can be before; the first one begins the film.

    All that are decoded before such a sample are shown before it; those that are decoded after it
    and shown before it follow it at once.
    """
    shown = samples.shown
    keys = [key for key in samples.keys if shown[key] < end]
    first = max((key for key in keys if shown[key] <= edits.start), default=0)
    yield Cut(first, 0)
    latest = max(shown[: first + 1])
    earliest = earliest_from(shown)
    at = first + 1
    for key, after in pairwise([*(key for key in keys if key > first), len(samples)]):
        latest = max(latest, max(shown[at:key], default=latest))
        at = key
        following = key + 1
        while following < after and shown[following] < shown[key]:
            following += 1
        is_last = following == len(shown)
        if max(latest, edits.start) < shown[key] and (is_last or shown[key] < earliest[following]):
            yield Cut(key, following - key - 1)
