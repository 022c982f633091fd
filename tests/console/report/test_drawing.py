from __future__ import annotations

from batchff.console.report.drawing import Bar, Scale, phases, scale_of
from batchff.model.report import Phase
from tests.histories import at, history, nothing


def test_bars_are_places_in_the_time_of_all() -> None:
    scale = Scale([(at(50), at(100)), (at(0), at(50))])
    assert scale.seconds == 100
    assert scale.bars([(at(0), at(25), "boot"), (at(25), at(100), "encode")]) == (
        Bar(0.0, 250.0, "boot"),
        Bar(250.0, 750.0, "encode"),
    )


def test_a_stage_that_went_on_twice_has_two_bars() -> None:
    scale = Scale([(at(0), at(100))])
    assert scale.bars([(at(0), at(10), "stage"), (at(60), at(80), "stage")]) == (
        Bar(0.0, 100.0, "stage"),
        Bar(600.0, 200.0, "stage"),
    )


def test_what_is_too_narrow_to_be_seen_is_drawn_with_what_was_before_it() -> None:
    scale = Scale([(at(0), at(1000))])
    spans = [(at(n), at(n + 0.9), "encode") for n in range(900)]
    pauses = [(at(n + 0.9), at(n + 1), "idle") for n in range(900)]
    both = sorted([*spans, *pauses])
    assert scale.bars(both) == (Bar(0.0, 900.0, "encode"),)


def test_the_shortest_can_be_seen_also_at_the_end() -> None:
    scale = Scale([(at(0), at(10_000))])
    assert scale.bars([(at(10_000), at(10_000), "encode")]) == (Bar(998.0, 2.0, "encode"),)


def test_the_scale_of_a_job_is_from_its_first_to_its_last() -> None:
    scale = scale_of(history())
    assert (scale.started, scale.ended) == (at(0), at(120))
    assert phases(history()) == [Phase.BOOT, Phase.ENCODE, Phase.IDLE]
    empty = scale_of(nothing().history)
    assert (empty.started, empty.seconds, empty.bars([])) == (None, 0.0, ())


def test_a_long_pause_in_which_nothing_happens_is_drawn_short() -> None:
    scale = Scale([(at(0), at(60)), (at(10), at(50)), (at(5000), at(5040))])
    assert scale.is_cut
    assert scale.seconds == 110.0
    bars = scale.bars([(at(0), at(60), "encode"), (at(5000), at(5040), "boot")])
    assert bars == (Bar(0.0, 545.5, "encode"), Bar(636.4, 363.6, "boot"))
    assert not Scale([(at(0), at(60)), (at(65), at(100))]).is_cut
