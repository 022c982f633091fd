from __future__ import annotations

import pytest

from batchff.ffmpeg.presets.promised import codec_of, promised_streams
from batchff.ffmpeg.presets.streams import Taken
from batchff.model.inspection import StreamKind
from batchff.model.recipes import PromisedStream
from tests.model.inspections import cover, mono, sound, video

VIDEO, AUDIO = StreamKind.VIDEO, StreamKind.AUDIO


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("-c:v libx264 -c:a aac", "libx264"),
        ("-c copy", "copy"),
        ("-c copy -c:v libx265", "libx265"),
        ("-c:v libx264 -c:v:1 copy", "libx264"),
        ("-c:v libx264 -c:v:0 copy", "copy"),
        ("-c:a aac", ""),
        ("-vn -c:a aac", "none"),
    ],
)
def test_the_last_codec_that_is_said_of_a_stream_counts(words: str, codec: str) -> None:
    assert codec_of(VIDEO, 0, words.split()) == codec


def test_each_stream_that_is_taken_is_promised() -> None:
    film, picture = video(transfer="smpte2084"), cover()
    taken = Taken(
        streams=(
            (VIDEO, (film,)),
            (AUDIO, (mono(), mono())),
            (AUDIO, (sound(),)),
            (VIDEO, (picture,)),
        ),
        covers=frozenset({picture}),
    )
    words = [
        "-map",
        "0:0",
        "-map",
        "[a]",
        "-map",
        "0:3",
        "-map",
        "0:4",
        "-c:v",
        "libx264",
        "-c:a",
        "aac",
        "-c:v:1",
        "copy",
    ]

    assert promised_streams(taken, words, maps_tones=True) == (
        PromisedStream(VIDEO, 0, transfer="bt709"),
        PromisedStream(AUDIO, None),
        PromisedStream(AUDIO, 0),
        PromisedStream(VIDEO, 0, is_copy=True, is_cover=True),
    )
    kept = promised_streams(taken, words, maps_tones=False)
    assert kept and kept[0].transfer == "smpte2084"


def test_nothing_is_promised_of_maps_of_its_own() -> None:
    taken = Taken(streams=((VIDEO, (video(),)),))

    assert promised_streams(taken, ["-map", "0:0", "-map", "0:d?"], maps_tones=False) is None
