from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from batchff.console.screen.changes import advance
from batchff.console.screen.draw_stages import encode_row, upload_row
from batchff.console.screen.glyphs import ASCII, UNICODE
from batchff.console.screen.line import line_text
from batchff.console.screen.state import ScreenState
from batchff.events import Event
from batchff.events.jobs import (
    CountsChanged,
    FileNotEncoded,
    TaskEnded,
    TaskRequeued,
    TaskStarted,
    WorkPlanned,
)
from batchff.events.pools import NodeChanged
from batchff.events.upload import UploadEnded, UploadStarted
from batchff.model.jobs import TaskWork

FILES, TASKS = 20, 40
WORK = {
    f"t{number}": TaskWork(f"{number // 2}.mov", 10.0, 100, ("video", "speech")[number % 2])
    for number in range(TASKS)
}
PLANNED = WorkPlanned("j", "s", "video + speech", FILES, 1, WORK)

counts = (
    st.lists(st.integers(0, TASKS), min_size=3, max_size=3)
    .map(sorted)
    .map(
        lambda cuts: CountsChanged(
            "j",
            TASKS - cuts[2],
            cuts[0],
            cuts[1] - cuts[0],
            cuts[2] - cuts[1],
            files_encoded=(cuts[1] - cuts[0]) // 2,
            files_failed=cuts[2] - cuts[1],
            files=FILES,
        )
    )
)
tasks = st.sampled_from(sorted(WORK))
nodes = st.sampled_from(["n1", "n2"])
events = st.one_of(
    counts,
    st.builds(lambda task, node: TaskStarted(task, WORK[task].file, node, None), tasks, nodes),
    st.builds(lambda task: TaskEnded(task, True, 1.0), tasks),
    st.builds(TaskRequeued, tasks),
    st.builds(lambda node, state: NodeChanged("p", node, state, True), nodes,
              st.sampled_from(["running", "preempted"])),
    st.builds(lambda number: FileNotEncoded(f"bad{number}", "it's empty"), st.integers(0, 30)),
)  # fmt: skip


def row_of(state: ScreenState, width: int) -> str:
    return line_text(encode_row(state, width, 9.0, UNICODE))


def numbers(row: str) -> dict[str, int]:
    """The count of each kind in a row of the encode stage."""
    found = re.findall(r"(\d+)(?: of \d+(?: tasks)?)? (done|run|fail|queued|wait)", row)
    return {word: int(count) for count, word in found}


@given(st.lists(events, max_size=30), st.sampled_from([40, 80, 120]))
def test_in_each_frame_the_numbers_sum_to_the_tasks(seen: list[Event], width: int) -> None:
    state = advance(ScreenState(0.0), PLANNED, 0.0)
    for now, event in enumerate(seen):
        state = advance(state, event, float(now))
        if state.counts is not None:
            row = row_of(state, width)
            assert sum(numbers(row).values()) == TASKS, row
            assert f" of {TASKS}" in row or width == 40
            assert "…" not in row


def test_a_job_whose_files_have_one_task_counts_files() -> None:
    work = {f"t{number}": TaskWork(f"{number}.mov", 10.0, 100) for number in range(5)}
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "p", 5, 1, work), 0.0)
    state = advance(state, CountsChanged("j", 2, 1, 1, 1, files_encoded=1, files=5), 1.0)
    assert "1 done, 1 running, 1 failed, 2 queued" in row_of(state, 80)


def test_files_that_have_no_task_are_named_apart() -> None:
    state = advance(ScreenState(0.0), PLANNED, 0.0)
    for name in ("bad.mov", "worse.mov", "1.mov"):
        state = advance(state, FileNotEncoded(name, "it's empty"), 1.0)
    state = advance(state, CountsChanged("j", 10, 2, 27, 1, files_encoded=13, files=FILES), 2.0)
    assert "27 of 40 tasks done, 2 running, 1 failed, 10 queued" in row_of(state, 90)
    assert "27 of 40 done, 2 run, 1 fail, 10 wait" in row_of(state, 80)
    assert line_text(upload_row(state, 80, 3.0, UNICODE)).endswith("here  2 not sent, 1 partly")
    state = advance(advance(state, UploadStarted(20, 10), 3.0), UploadEnded(20, 20), 4.0)
    assert "2 files not sent, 1 made in part" in line_text(upload_row(state, 110, 5.0, ASCII))
