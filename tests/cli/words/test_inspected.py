from __future__ import annotations

import pytest

from batchff.cli.words.inspected import rows_of, stream_text
from batchff.model.inspection import (
    Inspected,
    Inspection,
    NotMedia,
    Picture,
    Problem,
    ProblemKind,
    Sound,
    Stream,
    StreamKind,
)

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
    assert list(rows_of([("a.mkv", film, ())])) == [
        "a.mkv: matroska/webm, 4.0 s, 2.0 KiB, 1 chapter, timecode 01:00:00:00",
        "  ! 1.2 of 4.0 s: the file is cut off",
        "  subtitles   0  ass",
    ]


def test_what_is_no_film_is_said() -> None:
    files: list[tuple[str, Inspected, tuple[()]]] = [
        ("a.mp4", Inspection("png_pipe", 8), ()),
        ("b.mp3", NotMedia("a text"), ()),
    ]
    assert list(rows_of(files)) == [
        "a.mp4: a picture (png), 8 bytes",
        "  no streams",
        "b.mp3: can't be used: a text",
    ]


def test_no_name_moves_a_terminals_cursor() -> None:
    rows = list(rows_of([("\x1b[31m\na.mp4", NotMedia("a text\n"), ())]))

    assert len(rows) == 1
    assert rows[0].isprintable()
