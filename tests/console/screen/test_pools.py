from __future__ import annotations

import pytest

from batchff.console.screen.changes import advance
from batchff.console.screen.pools import cost, hourly_cost, node_hours
from batchff.console.screen.state import ScreenState
from batchff.events import Event
from batchff.events.jobs import TaskStarted
from batchff.events.pools import NodeChanged, NodeLeft, NodeTerms

HOUR = 3600.0
TERMS = NodeTerms("Standard_D2s_v5", 2, False, 1.0, 0.25, "EUR")


def after(*timed: tuple[float, Event]) -> ScreenState:
    state = ScreenState(0.0)
    for now, event in timed:
        state = advance(state, event, now * HOUR)
    return state


def test_nodes_cost_while_they_are_there() -> None:
    state = after(
        (0, TERMS),
        (0, NodeChanged("p", "a", "starting")),
        (0, NodeChanged("p", "b", "starting", True)),
        (1, NodeChanged("p", "b", "preempted", True)),
        (2, NodeLeft("p", "a")),
        (3, NodeChanged("p", "b", "starting", True)),
    )
    assert node_hours(state.pool, 4 * HOUR) == pytest.approx((2.0, 2.0))
    assert cost(state.pool, node_hours(state.pool, 4 * HOUR)) == pytest.approx(2.5)
    assert hourly_cost(state.pool) == 0.25
    assert state.pool.preemptions == 1


@pytest.mark.parametrize(
    "terms",
    [
        NodeTerms("x", 1, False, None, None),
        NodeTerms("x", 1, True, 1.0, 1.0),
    ],
)
def test_without_prices_or_on_this_machine_no_cost_is_said(terms: NodeTerms) -> None:
    state = after((0, terms), (0, NodeChanged("p", "a", "idle")))
    assert cost(state.pool, (1.0, 1.0)) is None


def test_a_spot_node_that_goes_with_its_task_was_preempted() -> None:
    node = (0.0, NodeChanged("p", "a", "running", True))
    idle = after(node, (1, NodeLeft("p", "a")))
    busy = after(node, (0, TaskStarted("t", "a.mov", "a", None)), (1, NodeLeft("p", "a")))
    assert (idle.pool.preemptions, busy.pool.preemptions) == (0, 1)


def test_how_long_nodes_took_to_boot_is_known_for_the_next() -> None:
    state = after(
        (0, NodeChanged("p", "a", "creating")),
        (0.5, NodeChanged("p", "a", "waitingforstarttask")),
        (1, NodeChanged("p", "a", "idle")),
    )
    assert state.pool.boots == (HOUR,)
    assert not state.pool.nodes["a"].is_booting
