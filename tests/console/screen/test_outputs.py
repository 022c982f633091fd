from __future__ import annotations

from batchff.console.screen.changes import advance
from batchff.console.screen.draw_stages import download_row
from batchff.console.screen.glyphs import UNICODE
from batchff.console.screen.line import line_text
from batchff.console.screen.outputs import expected_bytes
from batchff.console.screen.state import ScreenState
from batchff.events.download import BytesDownloaded, DownloadStarted, FileDownloaded
from batchff.events.jobs import CountsChanged, TaskEnded, WorkPlanned
from batchff.model.jobs import TaskWork


def job(tasks: dict[str, TaskWork]) -> ScreenState:
    made_by = {f"{task}.mkv": task for task in tasks}
    planned = WorkPlanned("j", "s", "p", len(tasks), 1, tasks, made_by=made_by, downloads=True)
    state = advance(ScreenState(0.0), planned, 0.0)
    return advance(state, DownloadStarted(len(tasks), None), 0.0)


def got(state: ScreenState, task: str, count: int) -> ScreenState:
    state = advance(state, BytesDownloaded(count), 1.0)
    return advance(state, FileDownloaded(f"{task}.mkv", f"out/{task}.mkv", count, False), 1.0)


def test_outputs_are_expected_by_their_length_and_not_by_their_number() -> None:
    tasks = {f"t{number}": TaskWork(f"{number}", 10.0, 9) for number in range(9)}
    state = job({**tasks, "long": TaskWork("long", 900.0, 9)})
    for task in tasks:
        state = got(state, task, 1000)
    assert expected_bytes(state) == 9_000 + 90_000
    # Also when all is encoded, and the long one is still on its way.
    state = advance(state, CountsChanged("j", 0, 0, 10, 0), 2.0)
    assert "8.8 of ~96.7 KiB" in line_text(download_row(state, 80, 2.0, UNICODE))


def test_where_no_length_is_known_the_bytes_of_the_sources_say_it() -> None:
    state = job({"a": TaskWork("a", None, 100), "b": TaskWork("b", None, 900)})
    assert expected_bytes(got(state, "a", 50)) == 500


def test_each_preset_has_its_own_bytes_a_second() -> None:
    state = job(
        {
            **{f"v{n}": TaskWork(f"{n}", 10.0, 1, "video") for n in range(4)},
            **{f"s{n}": TaskWork(f"{n}", 10.0, 1, "speech") for n in range(4)},
        }
    )
    state = got(got(state, "v0", 10_000), "s0", 10)
    assert expected_bytes(state) == 40_040


def test_of_too_little_nothing_is_expected() -> None:
    state = job({"a": TaskWork("a", 1.0, 1), "b": TaskWork("b", 99.0, 1)})
    assert expected_bytes(state) is None
    state = got(state, "a", 5000)
    assert expected_bytes(state) is None
    assert "~" not in line_text(download_row(state, 80, 2.0, UNICODE))


def test_what_failed_makes_no_output() -> None:
    state = job({"a": TaskWork("a", 50.0, 1), "b": TaskWork("b", 50.0, 1)})
    state = got(advance(state, TaskEnded("b", False, 1.0), 1.0), "a", 5000)
    assert expected_bytes(state) == 5000
