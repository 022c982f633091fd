"""What a look says of each kind of source; never more than is certain."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.look import look
from batchff.model.inspection import (
    Inspection,
    NotMedia,
    Picture,
    ProblemKind,
    StreamKind,
    inspected_json,
    read_inspected,
)
from tests.ffmpeg.inspection.looks import codecs, look_at, look_into
from tests.media_sources import CLIPS, EVERY_SOURCE, MediaSource

# One worker makes the sources for them all.
pytestmark = pytest.mark.xdist_group("inspection")

CUT_OR_DAMAGED = {
    "cut.mp4": "1.2 of 4.0 s: the file is cut off",
    "cut.mkv": "2.5 of 4.0 s: the file is cut off",
    "cut.wav": "2.0 of 4.0 s: the file is cut off",
    "cut.flac": "1.7 of 4.0 s: the file is cut off",
    "cut.aiff": "2.0 of 4.0 s: the file is cut off",
    "cut.avi": "1.8 of 4.0 s: the file is cut off",
    "cut.mp3": "1.4 of 3.0 s: the file is cut off",
    "cut.wmv": "2.0 of 4.0 s: the file is cut off",
    "cut.mxf": "1.0 of 2.0 s: the file is cut off",
    "cut-fragments.mp4": "it ends after 2.0 s: the file is cut off",
    "damaged.mp4": "parts of it are damaged",
}
NO_INDEX = "no moov atom: the recording was cut off before it was finished"
CUT_INDEX = "its moov atom is damaged or cut off: nothing tells where its streams are"
NOT_MEDIA = {
    "no-index.mp4": NO_INDEX,
    "cut-index.mp4": CUT_INDEX,
    "text.mp3": "it's a text, not media",
    "concat.mp4": "it's a script that names other files",
    "bare-concat.mp4": "it's a text, not media",
    "hls.mp4": "it's a playlist that names other files",
}


@pytest.mark.parametrize("name", EVERY_SOURCE)
def test_only_what_is_wrong_is_said_to_be_wrong(name: str, media_source: MediaSource) -> None:
    path = media_source(name)
    inspected = look_into(path.read_bytes(), path.suffix)

    if name in NOT_MEDIA:
        assert inspected == NotMedia(NOT_MEDIA[name])
    else:
        assert isinstance(inspected, Inspection)
        words = [problem.words for problem in inspected.problems]
        assert words == ([CUT_OR_DAMAGED[name]] if name in CUT_OR_DAMAGED else [])
        assert inspected.size == path.stat().st_size
        assert inspected.is_whole
    assert read_inspected(inspected_json(inspected)) == inspected


def test_a_film_has_its_streams_with_their_facts(media_source: MediaSource) -> None:
    film = look_at(media_source("base.mp4"))
    video, audio = film.streams

    assert (film.duration, film.start, film.format) == (4.0, 0.0, "mov,mp4,m4a,3gp,3g2,mj2")
    assert (video.kind, video.codec, video.packets, video.frames) == ("video", "h264", 100, 100)
    assert (video.begins, video.ends, video.is_default) == (0.0, 4.0, True)
    assert video.picture == Picture(
        96,
        64,
        "yuv420p",
        8,
        pixel_aspect="1:1",
        frame_rate=25.0,
        is_variable=False,
        field_order="progressive",
    )
    assert audio.sound
    assert (audio.codec, audio.sound.channels, audio.sound.layout) == ("aac", 1, "mono")
    assert (audio.sound.sample_rate, audio.packets, audio.picture) == (48000, 189, None)


@pytest.mark.parametrize("clip", sorted(CLIPS.rglob("*.m*")), ids=lambda clip: clip.name)
def test_clips_are_whole_and_nothing_is_wrong_with_them(clip: Path) -> None:
    inspected = look_at(clip) if clip.suffix != ".md" else None
    if inspected:
        assert inspected.problems == ()
        assert [stream.kind for stream in inspected.streams] == ["video", "audio"]


def test_every_packet_says_when_a_stream_begins_and_ends(media_source: MediaSource) -> None:
    for name in ("late-audio.mp4", "late-audio.mkv"):
        video, audio = look_at(media_source(name)).streams
        assert (video.begins, video.ends) == (0.0, 4.0)
        assert audio.begins == pytest.approx(0.981, abs=0.01)
        assert audio.ends == pytest.approx(4.0, abs=0.03)
    video, audio = look_at(media_source("late-video.mkv")).streams
    assert video.begins == pytest.approx(1.0, abs=0.03)
    assert audio.begins == pytest.approx(0.0, abs=0.03)
    _, audio = look_at(media_source("short-audio.mkv")).streams
    assert audio.ends == pytest.approx(2.0, abs=0.03)
    video, _ = look_at(media_source("edit-list.mp4")).streams
    assert video.begins == 0.0
    assert video.ends == pytest.approx(2.5, abs=0.03)
    video, _ = look_at(media_source("wrap.ts")).streams
    assert video.begins is not None and video.ends is not None
    assert video.ends - video.begins == pytest.approx(4.0)


def test_joined_sound_is_as_long_as_its_parts(media_source: MediaSource) -> None:
    (audio,) = look_at(media_source("joined.mp3")).streams

    assert audio.ends == pytest.approx(5.05, abs=0.1)


def test_tracks_have_languages_titles_layouts_and_dispositions(media_source: MediaSource) -> None:
    french, english, commentary = look_at(media_source("tracks.mkv")).of_kind(StreamKind.AUDIO)

    assert [each.language for each in (french, english, commentary)] == ["fre", "eng", ""]
    assert [each.sound and each.sound.layout for each in (french, english)] == [
        "5.1(side)",
        "stereo",
    ]
    assert (english.is_default, french.is_default) == (True, False)
    assert (commentary.title, commentary.dispositions) == ("Commentary", ("comment",))


def test_subtitles_chapters_timecode_tags_and_attachments_are_found(
    media_source: MediaSource,
) -> None:
    subtitles = look_at(media_source("subtitles.mkv"))
    assert codecs(subtitles, StreamKind.SUBTITLES) == ["subrip", "ass"]
    assert [each.is_forced for each in subtitles.of_kind(StreamKind.SUBTITLES)] == [False, True]
    assert look_at(media_source("chapters.mkv")).chapters == 2
    timecode = look_at(media_source("timecode.mov"))
    assert (timecode.timecode, codecs(timecode, StreamKind.DATA)) == ("01:00:00:00", ["tmcd"])
    assert {"title", "artist"} <= set(look_at(media_source("tags.ogg")).tags)
    assert "com.apple.quicktime.make" in look_at(media_source("phone.mov")).tags
    (attachment,) = look_at(media_source("attached.mkv")).of_kind(StreamKind.ATTACHMENT)
    assert (attachment.title, attachment.is_empty) == ("lines.srt", None)


@pytest.mark.parametrize("name", ["cover.flac", "cover.m4a"])
def test_a_cover_is_no_film(name: str, media_source: MediaSource) -> None:
    (cover,) = look_at(media_source(name)).of_kind(StreamKind.VIDEO)

    assert (cover.is_cover, cover.codec, cover.packets, cover.is_empty) == (True, "mjpeg", 1, False)
    assert cover.picture
    assert (cover.picture.frame_rate, cover.picture.is_variable) == (0.0, None)


@pytest.mark.parametrize("name", ["cover.jpg", "picture.mp4"])
def test_a_picture_is_one_whatever_it_is_called(name: str, media_source: MediaSource) -> None:
    picture = look_at(media_source(name))

    assert picture.format == "jpeg_pipe"
    assert codecs(picture, StreamKind.VIDEO) == ["mjpeg"]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("vfr.mp4", {"is_variable": True, "frame_rate": 30.0}),
        ("rotated.mp4", {"rotation": 270}),
        ("rgb.mov", {"is_rgb": True, "matrix": "gbr", "range": "pc"}),
        ("anamorphic.mpg", {"pixel_aspect": "64:45", "field_order": "progressive"}),
        ("interlaced.mpg", {"field_order": "tt", "is_interlaced": True}),
        ("prores.mov", {"has_alpha": True, "bits": 12}),
        ("live.webm", {"is_variable": False, "frame_rate": 25.0}),
        (
            "hdr10.mkv",
            {"is_hdr": True, "has_mastering": True, "has_light_level": True, "bits": 10},
        ),
        ("hlg.mov", {"transfer": "arib-std-b67", "has_mastering": False, "matrix": "bt2020nc"}),
    ],
)
def test_pictures_say_what_is_special_about_them(
    name: str, facts: dict[str, object], media_source: MediaSource
) -> None:
    picture = look_at(media_source(name)).of_kind(StreamKind.VIDEO)[0].picture

    assert {fact: getattr(picture, fact) for fact in facts} == facts


def test_layouts_are_said_where_the_file_says_them(media_source: MediaSource) -> None:
    def layouts(name: str) -> list[tuple[int, str]]:
        sounds = [stream.sound for stream in look_at(media_source(name)).streams]
        return [(sound.channels, sound.layout) for sound in sounds if sound]

    assert layouts("7.1.flac") == [(8, "7.1")]
    assert layouts("12channels.mov") == [(12, "7.1.4")]
    assert layouts("dual-mono.mxf") == [(1, ""), (1, "")]


@pytest.mark.parametrize("name", ["empty-audio.mkv", "empty-audio.mp4", "empty-video.mkv"])
def test_a_stream_without_a_packet_is_empty(name: str, media_source: MediaSource) -> None:
    streams = look_at(media_source(name)).streams
    empty = [stream.index for stream in streams if stream.is_empty]

    assert empty == ([0] if "video" in name else [2])


def test_a_suffix_that_is_wrong_changes_nothing(media_source: MediaSource) -> None:
    data = media_source("subtitles.mkv").read_bytes()

    assert look_into(data, ".mp4") == look_into(data, ".mkv") == look_into(data)


def test_of_a_large_file_only_parts_are_read(media_source: MediaSource) -> None:
    film = media_source("film.ts").read_bytes() * 600
    read = []

    def read_at(start: int, length: int) -> bytes:
        read.append(length)
        return film[start : start + length]

    inspected = look(BlockFile(len(film), read_at), ".ts")

    assert isinstance(inspected, Inspection)
    assert (inspected.is_whole, inspected.problems) == (False, ())
    assert [stream.packets for stream in inspected.streams] == [None, None]
    assert sum(read) < 18 * 1024 * 1024 < len(film)


def test_of_a_large_mp4_hardly_more_than_its_index_is_read(media_source: MediaSource) -> None:
    film = media_source("faststart.mp4").read_bytes() + b"\x02\0\0\0free" + bytes(0x02000000 - 8)
    read = []

    def read_at(start: int, length: int) -> bytes:
        read.append(length)
        return film[start : start + length]

    inspected = look(BlockFile(len(film), read_at), ".mp4")

    assert isinstance(inspected, Inspection)
    assert [stream.packets for stream in inspected.streams] == [100, 189]
    assert sum(read) <= 1024 * 1024


@pytest.mark.parametrize("name", ["cut.mp4", "cut.wav", "cut.mkv"])
def test_what_is_cut_off_is_told_at_each_length(name: str, media_source: MediaSource) -> None:
    whole = media_source({"cut.mp4": "faststart.mp4", "cut.wav": "sound.wav"}.get(name, "film.mkv"))
    data = whole.read_bytes()

    for share in (0.4, 0.5, 0.7, 0.9):
        inspected = look_into(data[: int(share * len(data))], whole.suffix)
        assert isinstance(inspected, Inspection)
        assert [problem.kind for problem in inspected.problems] == [ProblemKind.CUT_OFF]


def test_an_empty_file_is_said_to_be_empty() -> None:
    assert look_into(b"") == NotMedia("it's empty (0 bytes)")


@pytest.mark.parametrize(
    "data", [bytes(100_000), b"\xf3\x00\x9b\x07" * 9999], ids=["zeros", "noise"]
)
def test_what_is_called_mp4_and_is_nothing_has_no_moov_atom_to_miss(data: bytes) -> None:
    assert look_into(data, ".mp4") == NotMedia("it's no media that ffmpeg knows")


def test_what_ffmpeg_cant_read_yet_is_said(media_source: MediaSource) -> None:
    big_endian = b"RIFX" + media_source("sound.wav").read_bytes()[4:]

    assert look_into(big_endian, ".wav") == NotMedia("ffmpeg can't read this kind of file yet")


def test_what_cant_be_read_is_the_systems_error() -> None:
    def fail(start: int, length: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        look(BlockFile(1000, fail), ".mp4")


def test_an_error_while_packets_are_read_is_the_systems_too(media_source: MediaSource) -> None:
    film = media_source("film.ts").read_bytes() * 200

    def read_at(start: int, length: int) -> bytes:
        if start > 6 * 1024 * 1024:
            raise OSError(5, "Input/output error")
        return film[start : start + length]

    with pytest.raises(OSError, match="Input/output error"):
        look(BlockFile(len(film), read_at), ".ts")


FUZZED = ("base.mp4", "subtitles.mkv", "film.avi", "film.ts", "tags.ogg", "cover.flac", "two.mp3")


@pytest.mark.parametrize("name", FUZZED)
def test_whatever_is_in_a_file_a_look_says_something(name: str, media_source: MediaSource) -> None:
    data = media_source(name).read_bytes()

    @settings(max_examples=60)
    @given(
        length=st.integers(0, len(data)),
        changes=st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255))),
    )
    def hold(length: int, changes: list[tuple[int, int]]) -> None:
        spoilt = bytearray(data)
        for place, value in changes:
            spoilt[place] = value
        inspected = look_into(bytes(spoilt[:length]), Path(name).suffix)
        assert read_inspected(inspected_json(inspected)) == inspected

    hold()


def test_transparency_beside_the_picture_is_seen(media_source: MediaSource) -> None:
    (picture,) = look_at(media_source("alpha.webm")).streams

    assert picture.picture and picture.picture.has_alpha
    assert picture.picture.pixel_format == "yuv420p"
