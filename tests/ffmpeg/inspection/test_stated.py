"""What headers say of a file's size; recorders that don't know it are believed nothing."""

from __future__ import annotations

import struct

import pytest

from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.stated import Stated, stated


def file_of(data: bytes) -> BlockFile:
    return BlockFile(len(data), lambda start, length: data[start : start + length])


def wave(size: int, held: int) -> bytes:
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 1000, 2000, 2, 16)
    return b"RIFF" + bytes(4) + b"WAVE" + form + b"data" + struct.pack("<I", size) + bytes(held)


def box(name: bytes, size: int) -> bytes:
    return struct.pack(">I4s", size + 8, name) + bytes(size)


def matroska(size: bytes, held: int) -> bytes:
    return b"\x1aE\xdf\xa3\x84abcd" + b"\x18S\x80g" + size + bytes(held)


def test_a_wave_file_says_how_long_its_sound_is() -> None:
    assert stated(file_of(wave(8000, 2000)), "wav") == Stated(8044, seconds=4.0, held=1.0)
    assert stated(file_of(wave(8000, 9000)), "wav") == Stated(8044, seconds=4.0, held=4.0)


@pytest.mark.parametrize("size", [0, 0x7FFF_F000, 0xFFFF_FFFF])
def test_a_wave_file_from_a_pipe_says_nothing(size: int) -> None:
    assert stated(file_of(wave(size, 2000)), "wav") is None


def test_fragments_say_where_the_last_one_ends() -> None:
    film = box(b"ftyp", 8) + box(b"moov", 50) + box(b"moof", 20) + box(b"mdat", 1000)
    assert stated(file_of(film[:-100]), "mov,mp4") == Stated(len(film), has_fragments=True)
    plain = box(b"ftyp", 8) + box(b"moov", 50) + box(b"mdat", 1000)
    assert stated(file_of(plain[:-100]), "mov,mp4") is None
    index_last = box(b"ftyp", 8) + box(b"mdat", 1000) + box(b"moov", 50)
    assert stated(file_of(index_last[:-10]), "mov,mp4") == Stated(is_index_cut=True)


def test_a_matroska_file_says_how_long_it_is_unless_it_was_live() -> None:
    assert stated(file_of(matroska(b"\x43\xe8", 500)), "matroska,webm") == Stated(15 + 1000)
    assert stated(file_of(matroska(b"\x01" + 7 * b"\xff", 500)), "matroska,webm") is None


def asf(size: int, seconds: float, *, is_broadcast: bool = False) -> bytes:
    properties = bytes(16) + struct.pack(
        "<QQQQQQII", size, 0, 10, int(seconds * 1e7), 0, 2000, is_broadcast, 3200
    )
    index = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
    other = bytes(16) + struct.pack("<Q", 24)
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(14)
    return head + other + index + struct.pack("<Q", 24 + len(properties)) + properties


def test_a_windows_media_file_says_how_long_it_is_unless_it_is_a_broadcast() -> None:
    assert stated(file_of(asf(5000, 5.0)), "asf") == Stated(5000, seconds=3.0)
    assert stated(file_of(asf(5000, 5.0, is_broadcast=True)), "asf") is None
    assert stated(file_of(asf(0, 5.0)), "asf") is None


def test_an_ogg_file_ends_with_a_whole_page() -> None:
    page = b"OggS\0\4" + bytes(20) + b"\2" + bytes([255, 45]) + bytes(300)
    assert stated(file_of(page + page), "ogg") == Stated(2 * len(page), has_fragments=True)
    assert stated(file_of(page + page[:-9]), "ogg") == Stated(2 * len(page), has_fragments=True)
    cut_header = page + page[:20]
    assert stated(file_of(cut_header), "ogg") == Stated(len(cut_header) + 1, has_fragments=True)


def test_a_blu_rays_stream_ends_with_a_whole_packet() -> None:
    stream = (bytes(4) + b"\x47" + bytes(187)) * 6
    assert stated(file_of(stream), "mpegts") == Stated(len(stream), has_fragments=True)
    assert stated(file_of(stream[:-50]), "mpegts") == Stated(len(stream), has_fragments=True)
    assert stated(file_of(stream[4:]), "mpegts") is None


@pytest.mark.parametrize(
    "format", ["mpegts", "asf", "wav", "avi", "mov,mp4", "matroska,webm", "mp3", "aiff", "ogg"]
)
@pytest.mark.parametrize("data", [b"", b"\0", bytes(100), b"\xff" * 100, b"RIFF" * 20])
def test_what_is_no_such_file_says_nothing_certain(format: str, data: bytes) -> None:
    said = stated(file_of(data), format)
    assert said is None or not said.is_index_cut
