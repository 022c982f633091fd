from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.screen.changes import advance
from batchff.console.screen.draw import draw
from batchff.console.screen.draw_nodes import node_cells, node_row
from batchff.console.screen.draw_stages import bar_width
from batchff.console.screen.glyphs import ASCII, UNICODE, Glyphs
from batchff.console.screen.line import line_text
from batchff.console.screen.state import ScreenState
from batchff.events.jobs import CountsChanged, FileNotEncoded
from batchff.events.pools import NodeChanged


def with_nodes(*states: str, spot: bool = True) -> ScreenState:
    state = advance(ScreenState(0.0), CountsChanged("j", 9, 9, 0, 0, files=18), 0.0)
    for number, node_state in enumerate(states):
        state = advance(state, NodeChanged("p", f"n{number}", node_state, spot), 0.0)
    return state


def row(state: ScreenState, now: float = 1.0, glyphs: Glyphs = UNICODE, width: int = 80) -> str:
    return line_text(node_row(state, width, now, glyphs))


def test_a_spot_node_that_is_unusable_has_ten_minutes_before_it_is_broken() -> None:
    spot = with_nodes("unusable", "idle")
    assert "1 idle, 1 unusable" in row(spot, 599.0)
    assert "1 idle, 1 broken" in row(spot, 601.0)
    assert "1 broken" in row(with_nodes("unusable", spot=False))
    assert "1 broken" in row(with_nodes("starttaskfailed"))


def test_a_node_that_is_busy_has_a_busy_cell() -> None:
    lines = node_cells(with_nodes("running", "idle"), 0, 60, 10, 1.0, UNICODE)
    _, busy, idle = map(line_text, lines)
    assert "■" in busy and "busy" in busy
    assert "·" in idle and "■" not in idle and "idle" in idle


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_where_cells_are_too_few_for_the_nodes_an_ellipsis_says_so(glyphs: Glyphs) -> None:
    assert glyphs.ellipsis not in row(with_nodes(*["running"] * 20), glyphs=glyphs)
    strip = row(with_nodes(*["running"] * 24), glyphs=glyphs)
    assert strip.startswith(f" nodes    {glyphs.busy * 17}")
    assert f"{glyphs.ellipsis}  24 busy" in strip


@given(
    st.lists(
        st.sampled_from(["running", "idle", "starting", "preempted", "unusable", "offline"]),
        max_size=90,
    ),
    st.sampled_from([40, 60, 80, 200]),
)
def test_the_strip_keeps_to_its_place_and_shows_each_kind(states: list[str], width: int) -> None:
    line = node_row(with_nodes(*states), width, 1.0, UNICODE)
    strip = line_text(line)[10 : 10 + bar_width(width)]
    if bar_width(width):
        assert len(strip.strip()) == min(len(states), bar_width(width)) or not states
        cells = strip.replace("…", "").strip()
        assert len(set(cells)) == len(set(states))


def test_a_small_screen_says_how_many_more_failures_there_are() -> None:
    state = with_nodes("running")
    for number in range(19):
        state = advance(state, FileNotEncoded(f"{number}.mov", "it's empty"), 0.0)
    lines = [line_text(line) for line in draw(state, 40, 12, 1.0, UNICODE)]
    assert len(lines) == 12
    failed = sum("it's empty" in line for line in lines)
    assert f"… and {19 - failed} more" in "\n".join(lines)
