"""How long a file says that it is, in bytes: what lies beyond its end was cut off.

libav doesn't tell, or not in time: these few headers are read by hand.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from batchff.ffmpeg.inspection.blocks import BLOCK, BlockFile
from batchff.ffmpeg.playlists import tag_size

# Recorders that write to a pipe put such sizes there: they know none.
_UNKNOWN_SIZE = 0x7FFF0000
_LONGEST_WALK = 4096
# Each may cost a read of its own.
_MOST_BOXES = 64
_SEGMENT = b"\x18\x53\x80\x67"
_MP3_SLACK = 4096
_LONGEST_PAGE = 27 + 255 + 255 * 255
_TIMED_PACKET = 192
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


@dataclass(frozen=True, slots=True)
class Stated:
    """Where a file should end, 0 where that isn't known, and how many seconds it then has.

    `held` is how many seconds it has. A file in fragments only knows the length of those that are
    there. Without its whole index, streams may be missing.
    """

    end: int = 0
    seconds: float | None = None
    held: float | None = None
    has_fragments: bool = False
    is_index_cut: bool = False


def stated(file: BlockFile, format: str) -> Stated | None:
    """Return where a file says that its media end; None where it doesn't say it for certain."""
    read = _READERS.get(format.split(",")[0])
    return read(file) if read else None


def _wave(file: BlockFile) -> Stated | None:
    place, rate = 12, 0
    if file.head(4) != b"RIFF":
        return None
    for _ in range(_LONGEST_WALK):
        header = file.head(8, place)
        if len(header) < 8:
            return None
        name, size = header[:4], int.from_bytes(header[4:], "little")
        if name == b"fmt ":
            rate = int.from_bytes(file.head(4, place + 16), "little")
        elif name == b"data":
            if not 0 < size < _UNKNOWN_SIZE:
                return None
            start = place + 8
            held = min(size, file.size - start)
            lengths = (size / rate, held / rate) if rate else (None, None)
            return Stated(start + size, *lengths)
        place += 8 + size + size % 2
    return None


def _avi(file: BlockFile) -> Stated | None:
    place, head = 12, file.head(52)
    if head[:4] != b"RIFF" or len(head) < 52:
        return None
    seconds = None
    if head[24:28] == b"avih":
        microseconds, frames = struct.unpack("<I12xI", head[32:52])
        seconds = microseconds * frames / 1e6 or None
    for _ in range(_LONGEST_WALK):
        header = file.head(12, place)
        if len(header) < 12:
            return None
        size = int.from_bytes(header[4:8], "little")
        if header[:4] == b"LIST" and header[8:] == b"movi":
            return Stated(place + 8 + size, seconds) if 4 < size < _UNKNOWN_SIZE else None
        place += 8 + size + size % 2
    return None


def _mp4(file: BlockFile) -> Stated | None:
    """Return where the last fragment ends; of a file without fragments the index says more."""
    place, end, has_fragments = 0, 0, False
    for _ in range(_MOST_BOXES if file.size > BLOCK else _LONGEST_WALK):
        header = file.head(16, place)
        if len(header) < 8:
            return Stated(end, has_fragments=True) if has_fragments else None
        size, name = struct.unpack(">I4s", header[:8])
        if size == 1 and len(header) == 16:
            size = int.from_bytes(header[8:], "big")
        if size < 8:
            return Stated(has_fragments=has_fragments)
        if name == b"moov" and place + size > file.size:
            return Stated(is_index_cut=True)
        has_fragments |= name == b"moof"
        if name in (b"moof", b"mdat"):
            end = place + size
        place += size
    return Stated(has_fragments=has_fragments)


def _matroska(file: BlockFile) -> Stated | None:
    place = 0
    for _ in range(4):
        header = file.head(16, place)
        if len(header) < 12:
            return None
        id_length = _vint_length(header[0])
        size_length = _vint_length(header[id_length]) if id_length <= 4 else 9
        if size_length > 8:
            return None
        body = id_length + size_length
        size = int.from_bytes(header[id_length:body], "big") & ((1 << 7 * size_length) - 1)
        if size == (1 << 7 * size_length) - 1:
            return None  # a live recording: it doesn't say
        if header[:4] == _SEGMENT:
            return Stated(place + body + size) if size else None
        place += body + size
    return None


def _vint_length(byte: int) -> int:
    return 9 - byte.bit_length()


def _mp3(file: BlockFile) -> Stated | None:
    """Return what the header of an encoder with a variable rate says of its size."""
    start = tag_size(file.head(10))
    head = file.head(4096, start)
    frame = next((at for at in range(len(head) - 1) if head[at : at + 1] == b"\xff"), 0)
    for mark in (b"Xing", b"Info"):
        at = head.find(mark, frame, frame + 200)
        if at >= 0:
            flags = int.from_bytes(head[at + 4 : at + 8], "big")
            if flags & 3 != 3:
                return None
            size = int.from_bytes(head[at + 12 : at + 16], "big")
            return Stated(start + frame + size - _MP3_SLACK) if size else None
    return None


def _aiff(file: BlockFile) -> Stated | None:
    place = 12
    for _ in range(_LONGEST_WALK):
        header = file.head(8, place)
        if len(header) < 8:
            return None
        size = int.from_bytes(header[4:], "big")
        if header[:4] == b"SSND":
            return Stated(place + 8 + size) if 8 < size < _UNKNOWN_SIZE else None
        place += 8 + size + size % 2
    return None


def _asf(file: BlockFile) -> Stated | None:
    """Return where a Windows Media file ends, unless it's a recording of a broadcast."""
    if file.head(16) != _ASF_HEADER:
        return None
    place = 30
    for _ in range(_MOST_BOXES):
        header = file.head(24, place)
        size = int.from_bytes(header[16:], "little")
        if len(header) < 24 or size < 24:
            return None
        if header[:16] == _ASF_PROPERTIES:
            fields = file.head(104, place)
            if len(fields) < 92 or fields[88] & 1:
                return None
            end, duration = (int.from_bytes(fields[at : at + 8], "little") for at in (40, 64))
            preroll = int.from_bytes(fields[80:88], "little")
            seconds = duration / 1e7 - preroll / 1e3
            return Stated(end, seconds if seconds > 0 else None) if end else None
        place += size
    return None


def _ogg(file: BlockFile) -> Stated | None:
    """Return where the last page ends; no program writes a part of one."""
    place = max(0, file.size - _LONGEST_PAGE)
    tail = file.head(file.size - place, place)
    at = tail.rfind(b"OggS")
    header = tail[at : at + 27]
    if at < 0 or header[4:5] != b"\0":
        return None
    lengths = tail[at + 27 : at + 27 + header[26]] if len(header) == 27 else b""
    if len(header) < 27 or len(lengths) < header[26]:
        return Stated(file.size + 1, has_fragments=True)
    return Stated(place + at + 27 + len(lengths) + sum(lengths), has_fragments=True)


def _transport_stream(file: BlockFile) -> Stated | None:
    """Return where the last packet ends of those with a time before each, as on Blu-rays."""
    head = file.head(5 + 4 * _TIMED_PACKET)
    if len(head) < 5 + 4 * _TIMED_PACKET or set(head[4::_TIMED_PACKET]) != {0x47}:
        return None
    return Stated(-(-file.size // _TIMED_PACKET) * _TIMED_PACKET, has_fragments=True)


_READERS: dict[str, Callable[[BlockFile], Stated | None]] = {
    "wav": _wave,
    "avi": _avi,
    "mov": _mp4,
    "matroska": _matroska,
    "mp3": _mp3,
    "aiff": _aiff,
    "asf": _asf,
    "ogg": _ogg,
    "mpegts": _transport_stream,
}
