from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from batchff.model.recipes import Recipe
from batchff.pipeline.estimate.pieces import Work, places


def work(name: str, seconds: float, pixels: float = 1e6, size: int = 1000) -> Work:
    return Work(name, Path(name), Recipe("h264", (), ()), seconds, size, pixels)


@given(st.lists(st.floats(0.1, 1e5), min_size=1, max_size=30))
def test_every_place_is_within_its_file(lengths: list[float]) -> None:
    works = [work(str(number), seconds) for number, seconds in enumerate(lengths)]
    for at, second in islice(places(works), 50):
        assert 0 <= second <= works[at].seconds * 1.000001


def test_places_are_spread_over_a_film() -> None:
    found = [second for _, second in islice(places([work("a", 80.0)]), 7)]
    assert found == [40, 20, 60, 10, 50, 30, 70]


def test_heavier_files_get_more_places_but_not_all() -> None:
    works = [work("long", 3600.0), work("short", 36.0)]
    found = Counter(at for at, _ in islice(places(works), 110))
    assert found[0] > 5 * found[1] > 0


def test_without_anything_to_do_there_is_no_place() -> None:
    assert list(places([])) == []
    assert list(places([work("a", 0.0)])) == []
