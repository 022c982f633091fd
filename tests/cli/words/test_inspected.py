from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.cli.words.inspected import rows_of, stream_text
from batchff.model.film_chunks import Chunk, Chunks
from batchff.model.inspection import (
    Inspection,
    Picture,
    Problem,
    ProblemKind,
    Sound,
    Stream,
    StreamKind,
)
from batchff.results.inspect import InspectedFile

FILM = Picture(
    1920,
    1080,
    "yuv420p10le",
    10,
    rotation=90,
    frame_rate=24000 / 1001,
    is_variable=True,
    field_order="tt",
    transfer="smpte2084",
    dolby_vision=8,
    pixel_aspect="64:45",
    has_alpha=True,
)


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (
            Stream(0, StreamKind.VIDEO, "hevc", picture=FILM, dispositions=("default",)),
            "hevc 1920x1080 23.976 fps yuv420p10le, PQ, Dolby Vision profile 8, interlaced, "
            "variable frame rate, turned by 90°, pixels 64:45, alpha, default",
        ),
        (
            Stream(1, StreamKind.AUDIO, "aac", "eng", "Talk", sound=Sound(6, 48000, "5.1")),
            "aac 5.1 48 kHz eng 'Talk'",
        ),
        (
            Stream(1, StreamKind.AUDIO, "pcm_s16le", sound=Sound(1, 44100), is_empty=True),
            "pcm_s16le 1 channel 44.1 kHz, without a packet",
        ),
        (
            Stream(2, StreamKind.SUBTITLES, "subrip", "fre", dispositions=("forced", "comment")),
            "subrip fre, forced, comment",
        ),
        (Stream(3, StreamKind.DATA), "unknown"),
        (
            Stream(4, StreamKind.VIDEO, "mjpeg", "", "", ("attached_pic",), picture=Picture(8, 9)),
            "mjpeg 8x9, cover",
        ),
    ],
)
def test_a_stream_is_said_in_a_line(stream: Stream, text: str) -> None:
    assert stream_text(stream) == text


def test_a_file_has_a_line_and_one_for_each_stream_and_problem() -> None:
    cut = Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s: the file is cut off")
    film = Inspection(
        "matroska,webm",
        2048,
        (Stream(0, StreamKind.SUBTITLES, "ass"),),
        duration=4.0,
        chapters=1,
        timecode="01:00:00:00",
        problems=(cut,),
    )
    assert list(rows_of([InspectedFile("a.mkv", 8, None, film)])) == [
        "a.mkv: matroska/webm, 4.0 s, 2.0 KiB, 1 chapter, timecode 01:00:00:00",
        "  ! 1.2 of 4.0 s: the file is cut off",
        "  subtitles   0  ass",
    ]


def test_what_is_no_film_is_said() -> None:
    files = [
        InspectedFile("a.mp4", 8, None, Inspection("png_pipe", 8)),
        InspectedFile("b.mp3", 8, "a text", None),
    ]
    assert list(rows_of(files)) == [
        "a.mp4: a picture (png), 8 bytes",
        "  no streams",
        "b.mp3: can't be used: a text",
    ]


def test_no_name_moves_a_terminals_cursor() -> None:
    rows = list(rows_of([InspectedFile("\x1b[31m\na.mp4", 8, "a text\n", None)]))

    assert len(rows) == 1
    assert rows[0].isprintable()


def test_the_chunks_of_a_film_have_a_line_each() -> None:
    chunks = Chunks((Chunk(0.0, 10.01, 2048), Chunk(10.01, 3725.5, 4096)), 1024, "")
    film = InspectedFile("a.mp4", 8, None, Inspection("mov,mp4,m4a,3gp,3g2,mj2", 8), (), chunks)
    assert list(rows_of([film]))[2:] == [
        "  2 chunks; the sound and all else: 1.0 KiB",
        "       1  from 0:00:00.000   10.010 s  2.0 KiB",
        "       2  from 0:00:10.010  3715.490 s  4.0 KiB",
    ]
    whole = replace(film, chunks=Chunks((), 0, "an AVI can't be cut"))
    assert list(rows_of([whole]))[2:] == ["  not cut: an AVI can't be cut"]
