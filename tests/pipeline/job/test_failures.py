from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batchff.model.job_facts import JobFacts
from batchff.model.jobs import FailedTask, TaskStatus
from batchff.node.exit_codes import INPUT_FAULTS, NodeExit, node_exit_meaning
from batchff.pipeline.job.failures import causes, failed_task
from batchff.pipeline.names import task_id


def failed(
    code: int | None,
    failure: str = "FailureExitCode",
    retries: int = 0,
    *,
    ours: bool = True,
    log: tuple[str, ...] = (),
) -> FailedTask:
    now = datetime.now(UTC)
    status = TaskStatus("t", "a.mp4", "completed", False, now, code, failure, retries)
    return failed_task(status, JobFacts(preset="mp3") if ours else None, "\n".join(log))


def reason(code: int | None, failure: str = "FailureExitCode", retries: int = 0) -> str:
    return failed(code, failure, retries).reason


@pytest.mark.parametrize(
    ("code", "retries", "said"),
    [
        (NodeExit.FAILED, 1, "ffmpeg failed on this input"),
        (NodeExit.DISK_FULL, 0, "the node's disk is full: a fault of the node, not of the file "),
        (NodeExit.KILLED, 2, "ffmpeg was stopped by a signal: a fault of the node, not of the "),
    ],
)
def test_a_nodes_fault_is_told_from_a_files(code: int, retries: int, said: str) -> None:
    assert reason(code, retries=retries).startswith(said)


def test_the_attempts_at_what_may_pass_are_counted() -> None:
    assert reason(NodeExit.KILLED).endswith("(1 attempt)")
    assert reason(NodeExit.KILLED, retries=2).endswith("(3 attempts)")
    assert "attempt" not in reason(NodeExit.BROKEN, retries=2)


def test_what_the_service_ended_is_not_the_nodes_fault() -> None:
    said = "it was ended: its time was over, or that of its job (TaskEnded)"
    assert reason(NodeExit.KILLED, "TaskEnded: Task Was Ended") == said
    assert reason(None, "TaskEnded: Task Was Ended") == said


@pytest.mark.parametrize("code", [NodeExit.SOURCE_BAD, NodeExit.WRONG])
def test_what_was_found_wrong_is_the_reason(code: int) -> None:
    found = failed(code, log=("Packet corrupt", "encode.sh: 1.2 of 4.0 s: the source is cut off"))

    assert found.reason == "1.2 of 4.0 s: the source is cut off"
    assert found.log == ("Packet corrupt",)
    assert failed(code).reason == node_exit_meaning(code)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("[matroska @ 0x1] Subtitle codec 94213 is not supported.", "subtitles can't be put"),
        ("[SWR @ 0x1] Rematrix is needed between 12 channels and stereo", "more channels"),
        ("[vf#0:0 @ 0x1] Cannot determine format of input 0:0 after EOF", "nothing in it"),
        (
            "[Parsed_subtitles_0 @ 0x1] Unable to locate subtitle stream in input.mp4",
            "no subtitles",
        ),
        ("[mov,mp4 @ 0x1] moov atom not found", "cut off"),
        ("[dec:aac @ 0x1] Decode error rate 1 exceeds maximum 0.666667", "can't be decoded"),
    ],
)
def test_a_known_cause_is_said_plainly_and_its_line_comes_first(line: str, plain: str) -> None:
    found = failed(NodeExit.FAILED, log=("[x @ 0x1] something else", line, "[x @ 0x1] more"))

    assert found.reason.startswith("ffmpeg failed on this input: ")
    assert plain in found.reason
    assert found.log == (line, "[x @ 0x1] something else", "[x @ 0x1] more")


def test_an_input_is_at_fault_only_where_ffmpeg_would_fail_on_it_again() -> None:
    at_fault = {code for code in NodeExit if failed(code).input_at_fault}

    assert at_fault == INPUT_FAULTS
    assert not failed(NodeExit.FAILED, "TaskEnded: Task Was Ended").input_at_fault
    assert not failed(NodeExit.FAILED, ours=False).input_at_fault


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 1)", False),
        ("encode.sh: ffmpeg failed on this input", False),
        ("encode.sh: ffmpeg failed on this input (it crashed: signal 11)", True),
        ("Conversion failed!", False),
    ],
)
def test_the_reason_is_not_told_twice(last: str, told: bool) -> None:
    log = ("moov atom not found", last)

    assert failed(NodeExit.FAILED, log=log).log == (log if told else log[:1])


REFUSED = (
    "Input #0, mov,mp4,m4a, from 'input.mp4':",
    "  Duration: 00:00:03.02, start: 0.000000, bitrate: 193 kb/s",
    "[libx264 @ 0x55a9] Error setting preset/tune slowx/(null).",
    "[libx264 @ 0x55a9] Possible presets: ultrafast superfast",
    *["[vf#0:0 @ 0x55a9] Terminating thread with return code -22 (Invalid argument)"] * 6,
    "Conversion failed!",
)
LAST = "encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 234)"


def test_refused_arguments_are_told_by_their_cause_and_are_no_fault_of_the_input() -> None:
    told = failed(NodeExit.FAILED, log=(*REFUSED, LAST))
    assert told.reason == "ffmpeg refuses its arguments"
    assert told.log == REFUSED[2:4]
    assert (told.arguments_at_fault, told.input_at_fault) == (True, False)


def test_the_run_that_refuses_them_is_told() -> None:
    last = "encode.sh: ffmpeg failed on this input in run 2 of 2 (ffmpeg's exit code: 234)"
    assert failed(NodeExit.FAILED, log=(*REFUSED, last)).log == (*REFUSED[2:4], last)


@pytest.mark.parametrize(
    ("code", "last"),
    [
        (NodeExit.FAILED, "encode.sh: ffmpeg failed on this input (it crashed: signal 11)"),
        (NodeExit.EMPTY, "encode.sh: ffmpeg made nothing of this input"),
        (NodeExit.BROKEN, "encode.sh: the output doesn't decode without an error"),
        (NodeExit.KILLED, "encode.sh: ffmpeg was stopped by a signal"),
        (NodeExit.DISK_FULL, "encode.sh: the node's disk is full"),
    ],
)
def test_what_ffmpeg_took_to_the_end_or_crashed_on_is_no_refusal(code: int, last: str) -> None:
    told = failed(code, log=(*REFUSED, last))
    assert not told.arguments_at_fault
    assert told.reason != "ffmpeg refuses its arguments"


def test_a_recipe_that_cant_be_run_is_at_fault_itself() -> None:
    told = failed(NodeExit.USAGE, log=("encode.sh: recipe.txt asks for what isn't measured: {x}",))
    assert (told.reason, told.arguments_at_fault) == ("the task was set up wrongly", True)


def test_the_words_of_an_earlier_attempt_dont_count() -> None:
    unopened = ("[mov @ 0x1] moov atom not found", LAST)
    assert not failed(NodeExit.FAILED, log=(*REFUSED, LAST, *unopened)).arguments_at_fault


def test_a_failure_names_its_preset_where_the_file_has_several_tasks() -> None:
    now = datetime.now(UTC)
    facts = JobFacts(preset="h264-720+wav16k")
    task = TaskStatus(task_id("a.mp4", "wav16k"), "a.mp4", "completed", False, now, 12)
    assert failed_task(task, facts).preset == "wav16k"
    assert failed_task(task, None).preset == ""
    assert failed(NodeExit.FAILED).preset == ""


def test_the_cause_is_told_and_not_what_follows_from_it() -> None:
    cause = "[webm @ 0x55] Only VP8 or VP9 or AV1 video are supported for WebM."
    follows = [
        "[out#0/webm @ 0x1] Could not write header (incorrect codec parameters ?)",
        "[vf#0:0 @ 0x1] Error sending frames to consumers: Invalid argument",
        "[vf#0:0 @ 0x1] Task finished with error code: -22 (Invalid argument)",
        "[vf#0:0 @ 0x1] Terminating thread with return code -22 (Invalid argument)",
        "[libx264 @ 0x1] kb/s:161.46",
        "Conversion failed!",
    ]
    assert failed(NodeExit.FAILED, log=(cause, *follows, LAST)).log == (cause,)
    assert failed(NodeExit.FAILED, log=("Conversion failed!",)).log == ("Conversion failed!",)


def test_a_join_that_misses_a_chunk_says_nothing_where_the_chunk_failed() -> None:
    chunk, join = failed(NodeExit.SOURCE_BAD), failed(NodeExit.CHUNK_MISSING)
    other = replace(join, file="b.mp4")
    assert causes([join, chunk, other]) == (chunk, other)
    assert causes([join]) == (join,)


def test_which_chunk_is_missing_is_the_reason() -> None:
    log = ("encode.sh: ffmpeg 9.0.2 (image)", "encode.sh: chunk 4 of 6 wasn't made")
    assert failed(NodeExit.CHUNK_MISSING, log=log).reason == "chunk 4 of 6 wasn't made"
