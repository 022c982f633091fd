"""What a look into a file says goes through JSON unchanged."""

from __future__ import annotations

import pytest

from batchff.model.inspection import (
    Inspection,
    NotMedia,
    Picture,
    Problem,
    ProblemKind,
    Sound,
    Stream,
    StreamKind,
    inspected_json,
    read_inspected,
)

FILM = Inspection(
    format="matroska,webm",
    size=1234,
    streams=(
        Stream(
            0,
            StreamKind.VIDEO,
            "hevc",
            dispositions=("default",),
            duration=4.0,
            picture=Picture(1920, 1080, transfer="smpte2084", field_order="tt"),
        ),
        Stream(1, StreamKind.AUDIO, "ac3", "fre", "Ton – «5.1»", sound=Sound(6, 48000, "5.1")),
        Stream(2, StreamKind.SUBTITLES, "subrip", dispositions=("forced",), is_empty=False),
        Stream(3, StreamKind.VIDEO, "mjpeg", dispositions=("attached_pic",)),
    ),
    duration=4.0,
    chapters=2,
    tags=("title",),
    problems=(Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s"),),
)


@pytest.mark.parametrize("inspected", [FILM, Inspection("wav", 44), NotMedia("it's a text")])
def test_it_goes_through_json_unchanged(inspected: Inspection | NotMedia) -> None:
    line = inspected_json(inspected)

    assert "\n" not in line
    assert read_inspected(line) == inspected


@pytest.mark.parametrize("line", ["[]", "{", "{}", '{"format":"x"}', '{"reason":1,"more":2}'])
def test_other_json_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        read_inspected(line)


def test_streams_say_what_they_are() -> None:
    film, sound, subtitles, cover = FILM.streams

    assert film.is_default and film.picture
    assert film.picture.is_hdr and film.picture.is_interlaced
    assert subtitles.is_forced and cover.is_cover
    assert not (sound.is_default or sound.is_forced or sound.is_cover)
    assert FILM.of_kind(StreamKind.VIDEO) == (film, cover)
