from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.order import Cut, find_cuts, keys_at


def test_pictures_shown_before_their_key_follow_it_at_once() -> None:
    assert [*find_cuts([0, 2, 1, 5, 3, 4, 6], [0, 3])] == [Cut(0, 0), Cut(3, 2)]


def test_no_cut_where_a_later_picture_is_shown_before_the_key() -> None:
    assert [*find_cuts([0, 1, 5, 6, 4, 7], [0, 2])] == [Cut(0, 0)]


def test_no_cut_where_an_earlier_picture_is_shown_after_the_key() -> None:
    assert [*find_cuts([0, 4, 3, 5], [0, 2])] == [Cut(0, 0)]


def test_what_begins_without_a_key_is_cut_after_the_first_one() -> None:
    assert [*find_cuts([0, 1, 2, 3, 4], [1, 3])] == [Cut(0, 0), Cut(3, 0)]


def test_wrong_times_take_no_long_time() -> None:
    count = 100_000
    shown = [*range(count, 0, -1)]
    assert [*find_cuts(shown, range(count))] == [Cut(0, 0)]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True), st.data())
def test_all_that_is_decoded_before_a_cut_is_shown_before_it(
    shown: list[int], data: st.DataObject
) -> None:
    keys = sorted(data.draw(st.sets(st.integers(0, len(shown) - 1))))
    cuts = [*find_cuts(shown, keys)]
    for cut in cuts[1:]:
        assert cut.picture in keys
        key = shown[cut.picture]
        after = cut.picture + cut.leading + 1
        assert max(shown[: cut.picture]) < key
        assert all(time < key for time in shown[cut.picture + 1 : after])
        assert all(time > key for time in shown[after:])
    assert all(one.picture < other.picture for one, other in pairwise(cuts))


def test_a_key_that_comes_sooner_than_usual_is_early() -> None:
    keys = keys_at([Fraction(time) for time in (0, 10, 13, 20, 30)])
    assert [key.is_early for key in keys] == [False, False, True, True, False]
