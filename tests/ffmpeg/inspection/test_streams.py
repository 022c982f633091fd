from __future__ import annotations

import struct

import pytest

from batchff.model.inspection import Inspection, StreamKind
from tests.ffmpeg.inspection.looks import look_at, look_into
from tests.media_sources import MediaSource

# One worker makes the sources for them all.
pytestmark = pytest.mark.xdist_group("inspection")

# Version 1.0, profile 8, level 6, RPU and base layer, compatible with HLG.
DOLBY_VISION = struct.pack(">I4s", 32, b"dvvC") + bytes([1, 0, 0x10, 0x35, 0x40]) + bytes(19)


def with_box(film: bytes, after: bytes, box: bytes) -> bytes:
    """Put a box behind another one in the index, which comes last."""
    spoilt = bytearray(film)
    place = spoilt.index(after) - 4
    for holder in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"):
        at = spoilt.rindex(holder, 0, place) - 4
        (size,) = struct.unpack(">I", spoilt[at : at + 4])
        spoilt[at : at + 4] = struct.pack(">I", size + len(box))
    (size,) = struct.unpack(">I", spoilt[place : place + 4])
    spoilt[place + size : place + size] = box
    return bytes(spoilt)


def test_a_profile_of_dolby_vision_is_found(media_source: MediaSource) -> None:
    film = media_source("hlg.mov").read_bytes()

    inspected = look_into(with_box(film, b"hvcC", DOLBY_VISION), ".mov")

    assert isinstance(inspected, Inspection)
    picture = inspected.streams[0].picture
    assert picture
    assert (picture.dolby_vision, picture.is_hdr, inspected.problems) == (8, True, ())


def test_what_nobody_decodes_has_its_size_and_the_files_name(media_source: MediaSource) -> None:
    film = media_source("base.mp4").read_bytes()

    inspected = look_into(film.replace(b"avc1\0", b"XXXX\0").replace(b"mp4a\0", b"YYYY\0"), ".mp4")

    assert isinstance(inspected, Inspection)
    video, audio = inspected.streams
    # Another box says that it is AAC.
    assert (video.codec, audio.codec) == ("XXXX", "aac")
    assert video.picture and audio.sound
    assert (video.picture.width, video.picture.height) == (96, 64)
    assert (video.packets, audio.packets) == (100, 189)


def test_titles_and_tags_have_no_control_characters(media_source: MediaSource) -> None:
    film = media_source("tracks.mkv").read_bytes()

    inspected = look_into(film.replace(b"Commentary", b"C\x1b[31m\nta\x07"), ".mkv")

    assert isinstance(inspected, Inspection)
    assert inspected.streams[3].title == "C[31mta"


def test_the_language_und_is_none(media_source: MediaSource) -> None:
    audio = look_at(media_source("tracks.mkv")).of_kind(StreamKind.AUDIO)

    assert audio[2].language == ""
