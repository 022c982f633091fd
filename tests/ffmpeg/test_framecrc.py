from __future__ import annotations

import pytest

from batchff.ffmpeg.framecrc import Packets, read_framecrc


def test_packets_are_read_by_stream() -> None:
    film, sound = read_framecrc(
        "#tb 0: 1/1000\n#media_type 0: video\n#tb 1: 1/10\n#media_type 1: audio\n"
        "0,   -80,   0,  40,  1991, 0x898c7bfc\n1,  3,  3,  2,  77, 0x0, F=0x0, S=1, 10\n"
        "0,   -40,   120,  40,  20, 0x898c7bfc, F=0x0\n"
    )
    assert (film.is_film, film.times, film.sizes, film.ends) == (
        True,
        [0.0, 0.12],
        [1991, 20],
        0.16,
    )
    assert (sound.is_film, sound.times, sound.sizes) == (False, [3 * 0.1], [77])
    assert film.until(0.1) == 1991


@pytest.mark.parametrize(
    ("pictures", "end", "picture"), [(80, 1.0, 33), (80, 2.7, 65), (80, 0.1, 33), (20, 0.5, None)]
)
def test_mini_groups_end_before_the_picture_that_the_next_one_begins_with(
    pictures: int, end: float, picture: int | None
) -> None:
    film = Packets(True, [number / 25 for number in range(pictures)], [1] * pictures)
    assert film.end_of_mini_groups(end) == (0.0 if picture is None else picture / 25)
