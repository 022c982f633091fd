"""Opens a source whose film is to be cut: by what its bytes say, whatever it's called."""

from __future__ import annotations

from collections.abc import Collection

from batchff.ffmpeg.chunks.boxes import DamagedBoxes, Read, parse_box, top_boxes
from batchff.ffmpeg.chunks.film import CannotCut, Film
from batchff.ffmpeg.chunks.mkv import open_mkv
from batchff.ffmpeg.chunks.mp4 import open_mp4
from batchff.ffmpeg.chunks.mpegts import open_mpegts

_MP4 = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})
_LARGEST_INDEX = 256 * 1024 * 1024
_NEVER = (
    (b"RIFF", "an AVI can't be cut exactly: it has no times of its pictures"),
    (b"FLV", "an FLV can't be cut exactly: it has no index that can be relied on"),
    (
        b"\x00\x00\x01\xba",
        "an MPEG program stream can't be cut exactly: not every picture has a time",
    ),
    (b"\x00\x00\x01\xb3", "it's a bare stream: its pictures have no times"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "an ASF or WMV can't be cut exactly"),
    (b"\x06\x0e\x2b\x34", "an MXF can't be cut exactly"),
    (b"OggS", "an Ogg can't be cut exactly: not every picture has a time"),
)


def open_film(
    read: Read,
    size: int,
    suffix: str,
    number: int | None,
    used: Collection[int] | None = None,
    most: int | None = None,
) -> Film:
    """Return the film that is the stream of this number, as ffmpeg counts; None for the only one.

    `used` are the streams that something is made of, None where that isn't known: a transport
    stream begins with the first of them. With `most`, no more than so many bytes are read of a file
    without an index. Raises CannotCut where it can't be cut exactly.
    """
    head = read(0, 1024)
    if head[4:8] in _MP4:
        return open_mp4(read, size, _only_track(read, size) if number is None else number)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return open_mkv(read, size, number, most)
    for mark, reason in _NEVER:
        if head.startswith(mark):
            raise CannotCut(reason)
    stream = open_mpegts(read, size, number, used, most)
    if stream is not None:
        return stream
    raise CannotCut(f"a file like this one ({suffix or 'without a suffix'}) can't be cut exactly")


def _only_track(read: Read, size: int) -> int:
    """Return the number of the only film of an MP4 file that is more than a picture beside it."""
    try:
        place = next((each for each in top_boxes(read, size) if each.kind == b"moov"), None)
        if place is None or place.end - place.start > _LARGEST_INDEX:
            raise CannotCut("its index can't be read (there is none, or it's too large)")
        index = parse_box(b"moov", read(place.start, place.end - place.start))
        tracks = [box for box in index.boxes if box.kind == b"trak"]
        beside: set[int] = set()
        for track in tracks:
            references = track.find(b"tref")
            content = references.content if references else b""
            at = 0
            while at + 8 <= len(content):
                length = int.from_bytes(content[at : at + 4], "big")
                if content[at + 4 : at + 8] in (b"chap", b"thmb") and length >= 8:
                    ids = content[at + 8 : at + length]
                    beside |= {int.from_bytes(ids[n : n + 4], "big") for n in range(0, len(ids), 4)}
                at += max(length, 8)
        films = []
        for number, track in enumerate(tracks):
            header = track.content_of(b"tkhd")
            start = 20 if header[:1] == b"\x01" else 12
            is_beside = int.from_bytes(header[start : start + 4], "big") in beside
            if track.content_of(b"mdia", b"hdlr")[8:12] == b"vide" and not is_beside:
                films.append(number)
    except (DamagedBoxes, IndexError) as error:
        raise CannotCut(f"its index can't be read ({error})") from error
    if len(films) != 1:
        raise CannotCut("there are several films in it" if films else "there is no film in it")
    return films[0]
