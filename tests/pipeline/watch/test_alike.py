from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.job_facts import JobFacts
from batchff.model.jobs import FailedTask, TaskStatus
from batchff.node.exit_codes import NodeExit
from batchff.pipeline.job.failures import failed_task
from batchff.pipeline.names import task_id
from batchff.pipeline.watch.alike import FIRST, AlikeFailures

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ONE = JobFacts(preset="custom", files=40, tasks=40)
TWO = JobFacts(preset="h264+mp3", files=40, tasks=80)

REFUSED = """\
[libx264 @ 0x55{n}bc0] Error setting preset/tune slowx/(null).
[vost#0:0/libx264 @ 0x12{n}] Task finished with error code: -22 (Invalid argument)
Conversion failed!
encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 234)
"""
UNOPENED = """\
[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55{n}] moov atom not found
input.mp4: Invalid data found when processing input
encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 1)
"""
UNSUITED = """\
[webm @ 0x55{n}] Only VP8 or VP9 or AV1 video is supported for WebM, not stream {n}.
Conversion failed!
encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 234)
"""
SAYINGS = {"refused": REFUSED, "unopened": UNOPENED, "unsuited": UNSUITED, "unread": ""}


def status(number: int, recipe: str = "", code: int | None = NodeExit.FAILED) -> TaskStatus:
    name = f"{number}.mov"
    task = task_id(name, recipe)
    ended = "FailureExitCode" if code else ""
    return TaskStatus(task, name, "completed", not code, NOW, code, ended)


def failure(
    number: int, said: str = "refused", facts: JobFacts = ONE, recipe: str = ""
) -> FailedTask:
    words = SAYINGS.get(said, said).replace("{n}", str(number))
    return failed_task(status(number, recipe), facts, words)


def seen(said: Sequence[str], facts: JobFacts = ONE) -> tuple[AlikeFailures, list[bool]]:
    """What is seen of tasks that end so, and which of them aren't told by themselves."""
    alike = AlikeFailures(facts)
    untold = []
    for number, each in enumerate(said):
        if each == "good":
            alike.note_success(status(number, code=0))
            untold.append(False)
        else:
            untold.append(alike.note_failure(failure(number, each, facts)))
    return alike, untold


def test_the_first_files_that_fail_alike_by_the_arguments_leave_no_hope() -> None:
    alike, untold = seen(["refused"] * (FIRST - 1))
    assert not alike.is_hopeless
    assert alike.note_failure(failure(9))
    assert alike.is_hopeless
    assert untold == [False, *[True] * (FIRST - 2)]
    (same,) = alike.found(stopped=True)
    assert (same.tasks, same.looked_at, same.file, same.preset) == (FIRST, FIRST, "0.mov", "")
    assert same.log == ("[libx264 @ 0x550bc0] Error setting preset/tune slowx/(null).",)
    assert same.arguments_at_fault and same.stopped
    assert alike.released() == ()


@pytest.mark.parametrize(("files", "hopeless_at"), [(1, None), (2, 2), (4, 4), (5, 5), (6, 5)])
def test_a_small_job_needs_all_its_files_and_one_file_shows_nothing(
    files: int, hopeless_at: int | None
) -> None:
    alike = AlikeFailures(replace(ONE, files=files, tasks=files))
    seen_at = None
    for number in range(files):
        alike.note_failure(failure(number))
        if alike.is_hopeless and seen_at is None:
            seen_at = number + 1
    assert seen_at == hopeless_at


@pytest.mark.parametrize("said", ["unopened", "unsuited"])
def test_files_that_are_at_fault_themselves_never_stop_a_job(said: str) -> None:
    alike, untold = seen([said] * 40)
    assert not alike.is_hopeless
    assert any(untold) is (said == "unsuited"), "which files can't be opened is told of each"
    assert [same.arguments_at_fault for same in alike.found()] == [False] * (said == "unsuited")


def test_one_success_lets_each_failure_be_told() -> None:
    alike, untold = seen(["refused", "refused", "refused", "good", "refused", "refused"])
    assert untold == [False, True, True, False, False, False]
    assert [each.file for each in alike.released()] == ["1.mov", "2.mov"]
    assert alike.released() == (), "only once"
    assert alike.found() == ()
    assert not alike.is_hopeless


def test_other_words_let_each_failure_be_told() -> None:
    alike, untold = seen(["refused", "refused", "unsuited", *["refused"] * 9])
    assert untold[2:] == [False] * 10
    assert [each.file for each in alike.released()] == ["1.mov"]
    assert not alike.is_hopeless


def test_numbers_in_what_is_said_of_arguments_are_the_arguments_own() -> None:
    words = "[loudnorm @ 0x1] Value {n} for parameter 'I' out of range [-70 - -5]\n"
    alike, untold = seen([words] * 5)
    assert not alike.is_hopeless and not any(untold), "what was measured differs by file"


def test_what_a_node_or_one_input_is_to_blame_for_shows_nothing() -> None:
    alike = AlikeFailures(ONE)
    assert not alike.note_failure(failure(0, "unopened"))
    full = failed_task(status(1, code=NodeExit.DISK_FULL), ONE, "No space left on device\n")
    assert not alike.note_failure(full)
    ended = failed_task(replace(status(2, code=None), failure="TaskEnded: Task Was Ended"), ONE)
    assert not alike.note_failure(ended)
    for number in range(3, 3 + FIRST):
        alike.note_failure(failure(number))
    assert alike.is_hopeless
    assert [same.tasks for same in alike.found()] == [FIRST]


def test_a_failure_whose_log_isnt_read_is_as_the_others_but_no_evidence() -> None:
    alike, untold = seen(["refused", *["unread"] * 20])
    assert untold == [False, *[True] * 20]
    assert not alike.is_hopeless
    (same,) = alike.found()
    assert (same.tasks, same.looked_at) == (21, 1)
    assert not any(seen(["unread"] * 9)[1]), "without any words nothing can be compared"
    assert not any(seen(["Conversion failed!\n"] * 9)[1]), "nor with words that say nothing"


def test_a_preset_is_hopeless_by_itself_and_a_job_by_all_its_presets() -> None:
    alike = AlikeFailures(TWO)
    for number in range(9):
        alike.note_failure(failure(number, "refused", TWO, "h264"))
    assert not alike.is_hopeless, "nobody knows of the other preset yet"
    for number in range(FIRST):
        alike.note_failure(failure(number, "refused", TWO, "mp3"))
    assert alike.is_hopeless
    assert [(same.preset, same.tasks) for same in alike.found()] == [("h264", 9), ("mp3", FIRST)]


def test_a_preset_that_works_keeps_the_job_going_and_the_other_is_told_once() -> None:
    alike = AlikeFailures(TWO)
    for number in range(40):
        alike.note_success(status(number, "mp3", code=0))
        alike.note_failure(failure(number, "refused", TWO, "h264"))
    assert not alike.is_hopeless
    (same,) = alike.found()
    assert (same.preset, same.tasks, same.file) == ("h264", 40, "0.mov")
    assert alike.released() == ()


def test_what_ends_while_a_hopeless_job_is_stopped_changes_nothing() -> None:
    alike, _ = seen(["refused"] * FIRST)
    alike.note_success(status(8, code=0))
    alike.note_failure(failure(9, "unsuited"))
    assert alike.is_hopeless
    assert len(alike.found(stopped=True)) == 1
    assert alike.released() == ()


def test_of_a_job_of_another_program_nothing_is_known() -> None:
    alike = AlikeFailures(None)
    alike.note_success(status(1, code=0))
    assert not any(alike.note_failure(failure(number)) for number in range(9))
    assert not alike.is_hopeless
    assert alike.found() == ()


ENDS = st.sampled_from(["good", "refused", "unopened", "unsuited", "unread"])


@given(st.lists(ENDS, max_size=30))
def test_each_failure_is_told_just_once(said: list[str]) -> None:
    alike = AlikeFailures(ONE)
    told: list[str] = []
    failed: list[str] = []
    for number, each in enumerate(said):
        if each == "good":
            alike.note_success(status(number, code=0))
        else:
            it = failure(number, each)
            failed.append(it.file)
            if not alike.note_failure(it):
                told.append(it.file)
        told += [released.file for released in alike.released()]
    together = sum(same.tasks - 1 for same in alike.found())
    assert len(told) == len(set(told))
    assert len(told) + together == len(failed)


@given(st.lists(ENDS, max_size=30))
def test_no_job_is_hopeless_before_its_first_files_all_were_refused(said: list[str]) -> None:
    alike = AlikeFailures(ONE)
    for number, each in enumerate(said):
        if each == "good":
            alike.note_success(status(number, code=0))
        else:
            alike.note_failure(failure(number, each))
        if alike.is_hopeless:
            before = said[: number + 1]
            assert before.count("refused") >= FIRST
            assert {"good", "unsuited"}.isdisjoint(before)
            return
