from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchff.console.screen.changes import advance
from batchff.console.screen.draw import draw
from batchff.console.screen.glyphs import UNICODE
from batchff.console.screen.line import line_text
from batchff.console.screen.state import ScreenState
from batchff.events.jobs import CountsChanged, TaskStarted, WorkPlanned
from batchff.events.pools import NodeChanged
from batchff.model.jobs import TaskWork

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORK = {"t": TaskWork("a.mov", 60.0, 100)}


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


def watched() -> ScreenState:
    """A job that was made ten minutes ago, as a watch that starts at noon sees it."""
    state = ScreenState(50.0, wall=NOON.timestamp() - 50.0)
    planned = WorkPlanned("j", "s", "p", 1, 1, WORK, created=ago(10))
    for event in (
        planned,
        NodeChanged("p", "n1", "running", True, ago(3)),
        TaskStarted("t", "a.mov", "n1", ago(2)),
        CountsChanged("j", 0, 1, 0, 0, files=1),
    ):
        state = advance(state, event, 50.0)
    return state


def test_a_watch_counts_from_the_jobs_the_nodes_and_the_tasks_own_times() -> None:
    lines = [line_text(line) for line in draw(watched(), 200, 40, 51.0, UNICODE)]
    assert lines[0].endswith("elapsed 10:01")
    assert any("busy" in line and "3:01" in line for line in lines)
    assert watched().running["t"].began == pytest.approx(50.0 - 120.0)


def test_what_the_services_clock_says_of_later_is_now() -> None:
    state = ScreenState(50.0, wall=NOON.timestamp() - 50.0)
    assert state.when(ago(-100), 60.0) == 60.0
    assert state.when(None, 60.0) == 60.0
    assert ScreenState(50.0).when(ago(1), 60.0) == 60.0


@pytest.mark.parametrize(
    ("sends", "downloads", "upload", "download"),
    [
        (True, True, "starts soon", "waits for the first output"),
        (True, False, "starts soon", "not by this command"),
        (False, True, "no files to send from here", "waits for the first output"),
        (False, False, "no files to send from here", "not by this command"),
    ],
)
def test_from_the_first_frame_stages_say_whether_they_will_be(
    sends: bool, downloads: bool, upload: str, download: str
) -> None:
    planned = WorkPlanned("j", "s", "p", 1, 1, WORK, sends=sends, downloads=downloads)
    state = advance(ScreenState(0.0), planned, 0.0)
    texts = [line_text(line) for line in draw(state, 80, 24, 0.0, UNICODE)]
    rows = {text[1:9].strip(): text for text in texts}
    assert upload in rows["upload"]
    assert download in rows["download"]
