from __future__ import annotations

import os
from dataclasses import replace

import pytest

from batchff.model.estimates import Encoding, Spread
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Quality
from batchff.pipeline.estimate.outlook import CHECKS, USED, burden, outlook
from batchff.pipeline.estimate.speeds import Speed
from batchff.profile import Prices
from tests.pipeline.estimate.test_pieces import work

SPEC = PoolSpec("Standard_D4s_v5", nodes=2, spot=0, slots=2, image="auto")
PRICES = Prices("EUR", {"standard_d4s_v5": 0.2})
FOUND = Encoding(8, 2, 10, Spread(1, 2, 3), Spread(9_000, 10_000, 11_000))
WORKS = [work(str(number), 100.0) for number in range(8)]
MEASURED = Speed(1.0, is_measured=True)


def test_time_and_money_are_those_of_all_nodes() -> None:
    found = outlook(FOUND, WORKS, SPEC, PRICES, MEASURED, here=False)
    assert found and found.amount
    seconds = 10_000 * (1 + CHECKS) / (2 * 4 * USED)
    assert found.seconds.likely == pytest.approx(seconds)
    assert found.node_hours.likely == pytest.approx(2 * (seconds + 720) / 3600)
    assert found.amount.likely == pytest.approx(found.node_hours.likely * 0.2)
    assert found.amount.low < found.amount.likely < found.amount.high


def test_a_quality_costs_more_for_a_short_film() -> None:
    quality = Quality("vmaf", 93.0, 0.5, 8, 45, 0.1, 26.0, 0.16, 0, "", ())
    recipe = replace(work("film", 1.0).recipe, quality=quality)
    short, long = (
        burden([replace(work("film", seconds), recipe=recipe)]) for seconds in (5.0, 600.0)
    )
    assert burden([work("film", 600.0)]) == 1 + CHECKS
    assert 2 < long < 2.5 < short < 5


def test_nodes_of_unknown_speed_make_the_spread_wider() -> None:
    sure = outlook(FOUND, WORKS, SPEC, PRICES, MEASURED, here=False)
    unsure = outlook(FOUND, WORKS, SPEC, PRICES, Speed(), here=False)
    slow = outlook(FOUND, WORKS, SPEC, PRICES, Speed(2.0, is_measured=True), here=False)
    assert sure and unsure and slow
    assert unsure.seconds.high > 1.2 * sure.seconds.high
    assert not unsure.is_measured
    assert slow.seconds.likely == pytest.approx(2 * sure.seconds.likely)


def test_one_long_file_keeps_one_node_busy_unless_it_is_cut() -> None:
    works = [work("film", 7200.0), work("clip", 1.0)]
    whole = outlook(FOUND, works, SPEC, PRICES, MEASURED, here=False)
    cut = outlook(FOUND, works, SPEC, PRICES, MEASURED, here=False, chunks=20)
    assert whole and cut
    assert whole.seconds.likely == pytest.approx(2 * cut.seconds.likely, rel=0.01)


def test_nodes_here_share_this_machine() -> None:
    found = outlook(FOUND, WORKS, SPEC, Prices(free=True), MEASURED, here=True)
    assert found and found.amount
    cores = os.cpu_count() or 1
    assert found.seconds.likely == pytest.approx(10_000 * (1 + CHECKS) / (cores * USED), rel=0.01)
    assert found.amount.likely == 0


def test_without_a_price_or_cores_less_is_told() -> None:
    found = outlook(FOUND, WORKS, SPEC, Prices("EUR"), MEASURED, here=False)
    assert found and found.amount is None
    unnamed = PoolSpec("Basic_A1", nodes=1, spot=0, slots=1, image="auto")
    assert outlook(FOUND, WORKS, unnamed, PRICES, MEASURED, here=False) is None
