from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batchff.console.screen.changes import advance
from batchff.console.screen.draw import draw
from batchff.console.screen.glyphs import UNICODE
from batchff.console.screen.line import line_text
from batchff.console.screen.pace import fraction_of
from batchff.console.screen.state import ScreenState
from batchff.events import Event
from batchff.events.jobs import (
    CountsChanged,
    TaskEnded,
    TaskProgressed,
    TaskRequeued,
    TaskStarted,
)
from batchff.events.pools import NodeChanged, NodeLeft

MORNING = datetime(2026, 1, 1, 8, tzinfo=UTC)


def after(*events: Event) -> ScreenState:
    state = ScreenState(0.0)
    for now, event in enumerate(events):
        state = advance(state, event, float(now))
    return state


def at(fraction: float | None, node: str = "n1") -> TaskProgressed:
    return TaskProgressed("t", "a.mov", fraction, 25.0, 2.0, node)


def test_a_task_is_shown_from_its_start_to_its_end() -> None:
    started = after(TaskStarted("t", "a.mov", "n1", None))
    assert started.running["t"].node == "n1"
    checking = advance(started, TaskProgressed("t", "a.mov", 1.0, None, None, "n1", True), 1.0)
    assert checking.running["t"].is_checking
    assert advance(checking, TaskRequeued("t"), 2.0).running == {}
    again = advance(checking, TaskStarted("t", "a.mov", "n2", None), 2.0)
    assert (again.running["t"].node, again.running["t"].is_checking) == ("n2", False)
    assert advance(checking, TaskEnded("t", True, 3.0), 2.0).running == {}


def test_a_bar_never_goes_back() -> None:
    started = after(TaskStarted("t", "a.mov", "n1", None))
    half = advance(started, TaskProgressed("t", "a.mov", 0.5, 25.0, 2.0, "n1"), 1.0)
    unknown = advance(half, TaskProgressed("t", "a.mov", None, 25.0, None, "n1"), 2.0)
    less = advance(half, TaskProgressed("t", "a.mov", 0.4, 25.0, 1.0, "n1"), 2.0)
    assert fraction_of(unknown.running["t"], 2.0) == fraction_of(less.running["t"], 2.0) == 0.5
    assert (unknown.running["t"].speed, less.running["t"].speed) == (2.0, 1.0)
    again = advance(half, TaskStarted("t", "a.mov", "n2", None), 3.0)
    assert again.running["t"].fraction is None


@pytest.mark.parametrize("lost", [NodeChanged("p", "n1", "preempted", True), NodeLeft("p", "n1")])
def test_a_file_whose_node_is_lost_starts_from_nothing_and_says_so(lost: Event) -> None:
    state = after(
        NodeChanged("p", "n1", "running", True),
        CountsChanged("j", 0, 1, 0, 0, files=1),
        TaskStarted("t", "a.mov", "n1", MORNING),
        at(0.78),
        lost,
    )
    assert state.running == {}
    assert state.note.startswith("1 file starts again: its node ")
    # What is still read of the attempt that is lost brings no row back.
    assert advance(state, at(0.8), 5.0).running == {}
    again = advance(state, TaskStarted("t", "a.mov", "n1", MORNING.replace(hour=9)), 6.0)
    assert again.running["t"].fraction is None
    assert again.lost == {}
    again = advance(again, at(0.28), 7.0)
    assert again.running["t"].fraction == 0.28
    (row,) = (
        text for line in draw(again, 80, 24, 7.0, UNICODE) if "a.mov" in (text := line_text(line))
    )
    assert row.startswith(" a.mov again ")
    assert " 28 %" in row


def test_another_node_or_another_start_is_another_attempt() -> None:
    started = TaskStarted("t", "a.mov", "n1", MORNING)
    state = after(started, at(0.9))
    assert advance(state, started, 2.0).running["t"].fraction == 0.9
    elsewhere = advance(state, at(0.1, "n2"), 2.0).running["t"]
    assert (elsewhere.fraction, elsewhere.node, elsewhere.is_again) == (0.1, "n2", True)
    later = advance(state, replace(started, started=MORNING.replace(hour=9)), 2.0).running["t"]
    assert (later.fraction, later.is_again) == (None, True)


def test_a_node_with_no_task_is_lost_without_a_word() -> None:
    state = after(NodeChanged("p", "n1", "idle", True), NodeChanged("p", "n1", "preempted", True))
    assert (state.note, state.lost) == ("", {})


def test_nodes_sum_to_those_that_are_there() -> None:
    state = after(
        CountsChanged("j", 1, 1, 0, 0, files=2),
        NodeChanged("p", "n1", "running", True),
        NodeChanged("p", "n2", "running", True),
        NodeChanged("p", "n1", "preempted", True),
    )
    frame = "\n".join(line_text(line) for line in draw(state, 80, 24, 4.0, UNICODE))
    assert "1 busy, 1 preempted" in frame
    state = advance(state, NodeChanged("p", "n1", "running", True), 5.0)
    frame = "\n".join(line_text(line) for line in draw(state, 80, 24, 5.0, UNICODE))
    assert "2 busy (1 preempted before)" in frame
