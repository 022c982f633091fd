from __future__ import annotations

from fractions import Fraction

import pytest

from batchff.ffmpeg.inspection.packets import Rhythm, Tally, rhythm

MILLISECONDS = Fraction(1, 1000)


def seen(*times: int, is_whole: bool = True) -> Rhythm:
    return rhythm(Tally(len(times), times=[list(times)]), MILLISECONDS, is_whole=is_whole)


def test_pictures_at_equal_distances_are_regular() -> None:
    assert seen(0, 40, 80, 120) == Rhythm(25.0, False)


def test_the_order_of_decoding_doesnt_matter() -> None:
    assert seen(0, 120, 40, 80, 240, 160, 200) == Rhythm(25.0, False)


def test_times_that_are_rounded_are_regular() -> None:
    times = [round(1000 * number / 29.97) for number in range(100)]
    assert seen(*times).is_variable is False


@pytest.mark.parametrize("times", [(0, 40, 80, 160, 200), (0, 33, 1000, 1033, 1066)])
def test_a_gap_is_irregular(times: tuple[int, ...]) -> None:
    assert seen(*times).is_variable is True


def test_of_a_part_only_what_is_irregular_is_certain() -> None:
    regular = tuple(range(0, 4000, 40))
    assert seen(*regular, is_whole=False) == Rhythm(25.0, None)
    assert seen(*regular[:50], *range(5000, 9000, 40), is_whole=False).is_variable is True


@pytest.mark.parametrize("times", [(), (0,), (0, 40), (5, 5, 5)])
def test_of_a_few_pictures_nothing_is_known(times: tuple[int, ...]) -> None:
    assert seen(*times) == Rhythm()
    assert rhythm(Tally(), None, is_whole=True) == Rhythm()
