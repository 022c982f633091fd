from __future__ import annotations

import random

import pytest

from batchff.ffmpeg.sampling import Sample
from batchff.pipeline.estimate.encoding import Known, encoding
from tests.pipeline.estimate.test_pieces import work


def known(*rates: float, seconds: float = 5.0, cpu: float = 2.0) -> Known:
    return Known(tuple(Sample(seconds, cpu * seconds, rate) for rate in rates))


def test_a_file_that_was_encoded_whole_is_known_but_for_a_little() -> None:
    whole = Known((Sample(10.0, 4.0, 1000.0),), is_whole=True)
    found = encoding([work("a", 10.0)], {0: whole})
    assert (found.files, found.tried, found.pieces) == (1, 1, 1)
    assert found.bytes.likely == 10_000
    assert found.cpu_seconds.likely == 4
    assert found.bytes.high == pytest.approx(10_500)


def test_what_an_encoder_takes_to_start_counts_once() -> None:
    pieces = Known(tuple(Sample(5.0, 3.0, 1000.0, startup=1.0) for _ in range(2)))
    found = encoding([work("a", 100.0)], {0: pieces})
    assert found.cpu_seconds.likely == pytest.approx(1 + 100 * 2 / 5)


def test_pieces_that_differ_make_the_spread_wider() -> None:
    alike = encoding([work("a", 600.0)], {0: known(100, 101, 99, 100)})
    unlike = encoding([work("a", 600.0)], {0: known(10, 190, 150, 50)})
    assert alike.bytes.likely == unlike.bytes.likely == 60_000
    assert unlike.bytes.high - unlike.bytes.low > 2 * (alike.bytes.high - alike.bytes.low)


def test_more_pieces_make_it_narrower() -> None:
    few = encoding([work("a", 600.0)], {0: known(80, 120)})
    many = encoding([work("a", 600.0)], {0: known(*[80, 120] * 8)})
    assert many.bytes.high - many.bytes.low < (few.bytes.high - few.bytes.low) / 2


def test_files_that_were_not_tried_are_like_those_that_were() -> None:
    works = [work("a", 100.0), work("b", 300.0), work("c", 100.0, pixels=2e6)]
    found = encoding(works, {0: known(100, 100)})
    assert found.cpu_seconds.likely == pytest.approx(2.0 * (100 + 300 + 200))
    assert (found.files, found.tried) == (3, 1)


def test_sizes_go_by_the_sources_own_where_these_tell_them() -> None:
    chance = random.Random(1)
    works = [work(str(n), 100.0, size=chance.randint(10**6, 10**8)) for n in range(20)]
    # Each becomes a tenth of what it was.
    tried = {n: known(works[n].size / 1000) for n in range(0, 20, 3)}
    found = encoding(works, tried)
    assert found.bytes.likely == pytest.approx(sum(each.size for each in works) / 10, rel=0.01)


def test_a_films_own_bytes_tell_its_size_where_they_go_with_it() -> None:
    # It's mostly still, and three of the five pieces are of its lively part.
    pieces = [Sample(5.0, 1.0, rate, of=rate * 4) for rate in (100.0, 1000.0, 1000.0, 990.0, 110.0)]
    film = work("a", 600.0, size=4 * 600 * 190)
    found = encoding([film], {0: Known(tuple(pieces))})
    assert found.bytes.likely == pytest.approx(600 * 190)


def test_nine_of_ten_spreads_hold_the_truth() -> None:
    chance = random.Random(7)
    held = 0
    for _ in range(200):
        rates = [chance.lognormvariate(5, 0.4) for _ in range(120)]
        found = encoding([work("a", 600.0)], {0: known(*chance.sample(rates, 10))})
        held += found.bytes.low <= sum(rates) * 5 <= found.bytes.high
    assert held >= 180


def test_where_nothing_was_tried_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="nothing"):
        encoding([work("a", 10.0)], {})
