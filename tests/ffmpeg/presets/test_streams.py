from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.ffmpeg.presets.model import Pick, PromiseWords, Streams
from batchff.ffmpeg.presets.streams import counts, tag_arguments, take_from, take_from_any
from batchff.ffmpeg.streams import choose_streams
from batchff.model.inspection import Inspection, StreamKind
from batchff.model.recipes import Count
from tests.model.inspections import MOV, cover, font, mono, sound, source, subtitles, video

FILM = Streams(video=Pick.FILM, audio=Pick.ALL, subtitles=Pick.TEXT, cover=True)
SONG = Streams(audio=Pick.MAIN, cover=True)


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        (Streams(video=Pick.FILM, audio=Pick.ALL), "-map 0:V:0 -map 0:a?"),
        (Streams(video=Pick.FILM_IF_ANY, audio=Pick.MAIN), "-map 0:V:0? -map 0:a:0"),
        (Streams(audio=Pick.MAIN_IF_ANY), "-map 0:a:0?"),
        (
            Streams(video=Pick.ALL, subtitles=Pick.ALL, attachments=True),
            "-map 0:v? -map 0:s? -map 0:t?",
        ),
        (
            Streams(audio=Pick.MAIN, cover=True),
            "-map 0:a:0 -map 0:v? -map -0:V? -c:v copy",
        ),
        # What depends on the source is left out until it's looked into.
        (Streams(video=Pick.FILM, subtitles=Pick.TEXT, cover=True), "-map 0:V:0"),
    ],
)
def test_what_is_meant_becomes_maps(streams: Streams, words: str) -> None:
    assert take_from_any(streams, ".mkv", "").maps == tuple(words.split())


def test_only_matroska_has_attachments() -> None:
    all_streams = Streams(video=Pick.ALL, attachments=True)
    assert take_from_any(all_streams, ".mp4", "").maps == ("-map", "0:v?")
    known = choose_streams(source(video(), font()))
    assert take_from(known, all_streams, ".mp4", "", "").maps == ("-map", "0:0")


@pytest.mark.parametrize(
    ("inspection", "streams", "suffix", "words"),
    [
        # The dialogue is first, and the only default one.
        (
            source(video(), sound(), sound("default")),
            FILM,
            ".mp4",
            "-map 0:0 -map 0:2 -map 0:1",
        ),
        (
            source(video(), sound("comment", "default"), sound()),
            FILM,
            ".mp4",
            "-map 0:0 -map 0:2 -map 0:1 … -disposition:a 0 -disposition:a:0 default",
        ),
        (
            source(video(), subtitles("forced"), subtitles(codec="hdmv_pgs_subtitle")),
            FILM,
            ".mp4",
            "-map 0:0 -map 0:1 … -c:s:0 mov_text",
        ),
        (source(video(), subtitles()), FILM, ".webm", "-map 0:0 -map 0:1 … -c:s:0 webvtt"),
        (source(video(), subtitles()), FILM, ".ts", "-map 0:0"),
        # What is nothing to one container is plain to another.
        (
            source(video(), subtitles(codec="mov_text"), subtitles(codec="ass")),
            FILM,
            ".mkv",
            "-map 0:0 -map 0:1 -map 0:2 … -c:s:0 srt -c:s:1 copy",
        ),
        (
            source(video(), subtitles(codec="hdmv_pgs_subtitle"), subtitles()),
            Streams(video=Pick.ALL, subtitles=Pick.ALL),
            ".mp4",
            "-map 0:0 -map 0:2 … -c:s:0 mov_text",
        ),
        (source(cover(), video()), Streams(video=Pick.ALL), ".mkv", "-map 0:1"),
        (source(cover(), video()), Streams(video=Pick.ALL), ".mov", "-map 0:1"),
        (source(cover(), video()), Streams(video=Pick.ALL), ".mp4", "-map 0:0 -map 0:1"),
        (
            source(cover(), video()),
            FILM,
            ".mp4",
            "-map 0:1 -map 0:0 … -c:v:1 copy -disposition:v:1 attached_pic",
        ),
        (source(cover(), video()), FILM, ".webm", "-map 0:1"),
        (
            source(sound(), cover()),
            SONG,
            ".mp3",
            "-map 0:0 -map 0:1 … -c:v:0 copy -disposition:v:0 attached_pic",
        ),
        (source(video(), sound()), SONG, ".mp3", "-map 0:1"),
        (
            source(video(), sound(is_empty=True), font()),
            Streams(video=Pick.ALL, audio=Pick.ALL, attachments=True),
            ".mkv",
            "-map 0:0 -map 0:2",
        ),
        (
            source(video(), tags=("com.apple.quicktime.model",)),
            FILM,
            ".mp4",
            "-map 0:0 … -movflags +use_metadata_tags",
        ),
        (source(video(), tags=("com.apple.quicktime.model",)), FILM, ".webm", "-map 0:0"),
    ],
)
def test_of_a_known_source_streams_are_taken_by_number(
    inspection: Inspection, streams: Streams, suffix: str, words: str
) -> None:
    taken = take_from(choose_streams(inspection), streams, suffix, "", "sound")

    maps, _, after = words.partition(" … ")
    assert taken.maps == tuple(maps.split())
    assert taken.after == tuple(after.split())
    assert not taken.missing


def test_left_and_right_are_joined_and_filtered_in_a_graph() -> None:
    film = choose_streams(source(video(), mono(), mono(), mono(), container="mxf"))

    taken = take_from(film, FILM, ".mp4", "aformat=s16", "sound")

    chain = "[0:1][0:2]join=inputs=2:channel_layout=stereo,aformat=s16[sound0]"
    assert taken.chains == (chain,)
    words = "-map 0:0 -map [sound0] -map 0:3 -filter:a:1 aformat=s16"
    assert taken.maps == tuple(words.split())
    sounds = [
        [each.index for each in streams]
        for kind, streams in taken.streams
        if kind is StreamKind.AUDIO
    ]
    assert sounds == [[1, 2], [3]]


def test_mono_streams_that_are_copied_stay_as_they_are() -> None:
    film = choose_streams(source(video(), mono(), mono(), container="mxf"))

    taken = take_from(film, FILM, ".mkv", "", "sound", copies_sound=True)

    assert taken.maps == ("-map", "0:0", "-map", "0:1", "-map", "0:2")
    assert not taken.chains
    apart = replace(FILM, join_mono=False)
    assert take_from(film, apart, ".mkv", "", "sound").maps == taken.maps


@pytest.mark.parametrize(
    ("inspection", "streams", "missing"),
    [
        (source(video()), SONG, "no audio in it"),
        (source(sound(is_empty=True)), SONG, "no audio in it: its audio stream is empty"),
        (source(sound()), FILM, "no video in it"),
        (source(sound(), cover()), FILM, "no video in it, only a cover"),
        (source(video()), Streams(video=Pick.FILM, audio=Pick.MAIN_IF_ANY), ""),
        (source(sound()), Streams(video=Pick.FILM_IF_ANY, audio=Pick.MAIN), ""),
    ],
)
def test_what_a_source_lacks_is_said(
    inspection: Inspection, streams: Streams, missing: str
) -> None:
    assert take_from(choose_streams(inspection), streams, ".mp4", "", "").missing == missing


def test_tags_and_chapters_stay_unless_they_arent_wanted() -> None:
    film = Streams(video=Pick.FILM)
    assert list(tag_arguments(film)) == ["-map_metadata", "0"]
    bare = Streams(video=Pick.FILM, tags=False, chapters=False)
    assert list(tag_arguments(bare)) == ["-map_metadata", "-1", "-map_chapters", "-1"]
    # Ogg has them in the stream, others in the file.
    song = Streams(audio=Pick.MAIN)
    assert list(tag_arguments(song))[2:] == ["-map_metadata", "0:s:a:0"]
    known = choose_streams(source(sound(), sound("default"), container="ogg"))
    assert list(tag_arguments(song, known))[2:4] == ["-map_metadata", "0:s:1"]
    tagged = choose_streams(source(sound(), container=MOV, tags=("major_brand", "title")))
    said = " ".join(tag_arguments(song, tagged))
    assert "0:s" not in said
    assert "-metadata major_brand= -metadata:s handler_name=" in said
    assert "title" not in said


def test_a_promise_may_say_another_count_than_the_streams() -> None:
    streams = Streams(video=Pick.FILM, audio=Pick.ALL, subtitles=Pick.TEXT)
    assert counts(streams, PromiseWords()) == (Count.ONE, Count.ALL, Count.ANY)
    told = PromiseWords(video="any", audio="none")
    assert counts(streams, told) == (Count.ANY, Count.NONE, Count.ANY)
