from __future__ import annotations

from dataclasses import replace

from batchff.cli.words.estimated import estimate_lines, likely_cost
from batchff.model.estimates import Estimate, Spread
from batchff.profile import Prices

GIB = 1024.0**3
FOUND = Estimate(
    files=40,
    tried=3,
    pieces=12,
    bytes=Spread(1.0 * GIB, 1.2 * GIB, 1.4 * GIB),
    cpu_seconds=Spread(9_000.0, 10_000.0, 11_000.0),
    seconds=Spread(1_200.0, 1_500.0, 4_000.0),
    node_hours=Spread(0.7, 0.84, 11.0),
    amount=Spread(0.14, 0.17, 0.22),
)


def test_an_estimate_says_how_wide_it_is_and_what_it_is_from() -> None:
    assert dict(estimate_lines(FOUND, here=False)) == {
        "estimate": "outputs of about 1.2 GiB (1.0 GiB to 1.4 GiB); by 12 pieces of 3 of 40 files, "
        "encoded here",
        "time": "about 25m (20m to 1h 7m) of encoding; about 0.84 h (0.70 h to 11.0 h) of nodes; "
        "how fast these nodes are, no job has shown yet",
    }
    here = dict(estimate_lines(FOUND, here=True))
    assert here["time"].endswith(" of nodes")


def test_what_is_not_known_is_said() -> None:
    [(name, said)] = estimate_lines(Estimate(3, reason="ffmpeg fails"), here=False)
    assert (name, said) == ("estimate", "not known: ffmpeg fails")
    without = replace(FOUND, seconds=None, node_hours=None)
    assert dict(estimate_lines(without, here=False))["time"].startswith("not known: ")


def test_money_is_told_where_it_is_known() -> None:
    prices = Prices("EUR", {"a": 1.0})
    assert likely_cost(FOUND, prices) == "likely about 0.17 EUR (0.14 EUR to 0.22 EUR)"
    assert likely_cost(FOUND, Prices(free=True)) == ""
    assert likely_cost(replace(FOUND, amount=None), prices) == ""
    assert likely_cost(None, prices) == ""
