"""Where a film is cut: for any keys and any length it's a partition that wastes no task."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.cuts import auto_seconds, choose_cuts
from batchff.ffmpeg.chunks.film import Key

_GAPS = st.lists(
    st.tuples(st.fractions(Fraction(1, 1000), 40), st.booleans()), min_size=1, max_size=60
)


def _keys(gaps: list[tuple[Fraction, bool]]) -> tuple[list[Key], Fraction]:
    """Return keys at these distances, and when the film ends."""
    keys, time = [], Fraction(0)
    for gap, is_early in gaps:
        keys.append(Key(time, is_early))
        time += gap
    return keys, time


@given(_GAPS, st.floats(0, 100))
def test_cuts_are_a_partition_whose_end_is_not_too_short(
    gaps: list[tuple[Fraction, bool]], seconds: float
) -> None:
    keys, ends = _keys(gaps)
    cuts = choose_cuts(keys, ends, seconds)
    assert cuts[0] == 0
    assert all(cut < after for cut, after in pairwise(cuts)) and cuts[-1] < len(keys)
    length = max(Fraction(seconds), ends / 7500, Fraction(1, 1000))
    if len(cuts) > 1:
        assert ends - keys[cuts[-1]].time >= length / 2
    times = [keys[cut].time for cut in cuts]
    assert all(after - time >= length * Fraction(3, 4) for time, after in pairwise(times))


@pytest.mark.parametrize("seconds", [0, 0.01, 1, 7.1])
def test_of_a_long_film_of_nothing_but_keys_there_are_at_most_10_000_chunks(seconds: float) -> None:
    keys = [Key(Fraction(number, 25), number % 7 == 0) for number in range(30_000)]
    assert 100 < len(choose_cuts(keys, Fraction(1200), seconds)) <= 10_000


@given(st.integers(2, 400), st.integers(2, 30))
def test_where_each_picture_is_a_key_all_chunks_are_as_long_as_asked(
    pictures: int, seconds: int
) -> None:
    keys = [Key(Fraction(number)) for number in range(pictures)]
    cuts = choose_cuts(keys, Fraction(pictures), seconds)
    assert {after - cut for cut, after in pairwise(cuts)} <= {seconds}


def test_a_cut_is_where_a_scene_begins_if_one_is_near() -> None:
    keys = [Key(Fraction(second), is_early=second in (8, 13, 27)) for second in range(60)]
    assert choose_cuts(keys, Fraction(60), 10) == (0, 8, 18, 27, 37, 47)


def test_where_no_key_is_near_the_next_one_is_taken() -> None:
    keys = [Key(Fraction(second)) for second in (0, 1, 30, 31, 58)]
    assert choose_cuts(keys, Fraction(60), 10) == (0, 2)
    assert choose_cuts(keys[:1], Fraction(60), 10) == (0,)


@pytest.mark.parametrize(
    ("film", "slots", "nodes", "seconds"),
    [
        (None, 50, 50, None),
        (119.9, 50, 50, None),
        (7200, 1, 1, None),
        (7200, 4, 1, None),
        (7200, 50, 50, 72),
        (7200, 2, 2, 300),
        (120, 50, 50, 30),
    ],
)
def test_a_long_film_is_cut_where_it_has_several_nodes(
    film: float | None, slots: int, nodes: int, seconds: float | None
) -> None:
    assert auto_seconds(film, slots, nodes) == seconds
