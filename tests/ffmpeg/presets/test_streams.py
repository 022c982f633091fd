from __future__ import annotations

import pytest

from batchff.ffmpeg.presets.model import Pick, PromiseWords, Streams
from batchff.ffmpeg.presets.streams import counts, stream_arguments, tag_arguments
from batchff.model.recipes import Count


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
    assert list(stream_arguments(streams)) == words.split()


def test_tags_and_chapters_stay_unless_they_arent_wanted() -> None:
    film = Streams(video=Pick.FILM)
    assert list(tag_arguments(film)) == ["-map_metadata", "0"]
    bare = Streams(video=Pick.FILM, tags=False, chapters=False)
    assert list(tag_arguments(bare)) == ["-map_metadata", "-1", "-map_chapters", "-1"]
    # Ogg has them in the stream, others in the file.
    sound = Streams(audio=Pick.MAIN)
    assert list(tag_arguments(sound))[2:] == ["-map_metadata", "0:s:a:0"]


def test_a_promise_may_say_another_count_than_the_streams() -> None:
    streams = Streams(video=Pick.FILM, audio=Pick.ALL, subtitles=Pick.TEXT)
    assert counts(streams, PromiseWords()) == (Count.ONE, Count.ALL, Count.ANY)
    told = PromiseWords(video="any", audio="none")
    assert counts(streams, told) == (Count.ANY, Count.NONE, Count.ANY)
