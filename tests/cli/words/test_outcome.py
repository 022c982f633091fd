from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.cli.words.outcome import (
    advise,
    advise_to_resend,
    exit_code_of,
    how_to_go_on,
    outcome_text,
)
from batchff.errors import ExitCode
from batchff.events import Event
from batchff.model.jobs import FailedTask, JobOutcome, NotEncoded, SameFailure
from batchff.node.exit_codes import NodeExit

BAD_INPUT = FailedTask("a-1", "a.mov", "ffmpeg failed", 12, (), input_at_fault=True)
PREEMPTED = FailedTask("b-1", "b.mov", "the node went", None, ())


REFUSED = FailedTask("c-1", "c.mov", "refused", 12, ("no",), arguments_at_fault=True)
ALIKE = SameFailure("", 5, 5, "c.mov", "refused", ("no",), arguments_at_fault=True)
ARGUMENTS = [
    "see what ffmpeg said with: batchff logs tour",
    "the fault is in ffmpeg's arguments, not in the files",
    "check a preset of your own with: batchff preset check FILE",
    "then submit again, without --no-try; uploads are kept",
    "if the nodes' ffmpeg lacks something, choose another: --ffmpeg",
]


def outcome(
    *failures: FailedTask, unfinished: int = 0, unreachable: int = 0, batchff: bool = True
) -> JobOutcome:
    return JobOutcome("tour", 3, len(failures), unfinished, failures, unreachable, batchff=batchff)


class Notices:
    """A reporter that keeps what it's told."""

    follows_progress = False

    def __init__(self) -> None:
        self.messages: list[str] = []

    def report(self, event: Event) -> None:
        self.messages.append(getattr(event, "message", ""))


def advice(outcome: JobOutcome) -> list[str]:
    notices = Notices()
    advise(outcome, notices)
    return notices.messages


@pytest.mark.parametrize(
    ("ended", "code", "text"),
    [
        (outcome(), ExitCode.DONE, "job tour: 3 encoded"),
        (outcome(BAD_INPUT), ExitCode.TASKS_FAILED, "job tour: 3 encoded, 1 failed"),
        (outcome(unfinished=2), ExitCode.TASKS_FAILED, "job tour: 3 encoded, 2 not run"),
        (
            outcome(BAD_INPUT, unfinished=2, unreachable=1, batchff=False),
            ExitCode.TASKS_FAILED,
            "job tour: 3 succeeded, 1 failed, 1 unreachable, 1 not run",
        ),
        (
            outcome(BAD_INPUT, unfinished=1, unreachable=2),
            ExitCode.TASKS_FAILED,
            "job tour: 3 encoded, 1 failed, 2 tasks unreachable, 1 not run",
        ),
    ],
)
def test_an_end_is_a_line_and_an_exit_code(ended: JobOutcome, code: ExitCode, text: str) -> None:
    assert exit_code_of(ended) == code
    assert outcome_text(ended) == text


def test_where_all_is_well_nothing_is_advised() -> None:
    assert advice(outcome()) == []
    assert advice(outcome(BAD_INPUT, batchff=False)) == []


def test_bad_inputs_are_mended_first() -> None:
    assert advice(outcome(BAD_INPUT, PREEMPTED)) == [
        "see what ffmpeg said with: batchff logs tour",
        "repair the files that ffmpeg fails on, then: batchff upload PATH",
        "encode the failed files again with: batchff job retry tour",
    ]


def test_a_bad_file_with_two_tasks_needs_only_its_repair() -> None:
    again = FailedTask("a-2", "a.mov", "ffmpeg failed", 12, (), input_at_fault=True)
    ended = replace(outcome(BAD_INPUT, again), failed=1)
    assert advice(ended)[-1] == "encode the repaired files with: batchff job retry tour"


def test_where_the_arguments_are_at_fault_no_file_is_to_be_mended_nor_tried_again() -> None:
    assert advice(outcome(REFUSED)) == ARGUMENTS
    stopped = replace(outcome(*[REFUSED] * 5, unfinished=33), alike=(replace(ALIKE, stopped=True),))
    assert advice(stopped) == ARGUMENTS
    # Beyond the logs that are read, only the exit code is known.
    unread = replace(BAD_INPUT, file="z.mov")
    assert advice(replace(outcome(REFUSED, unread), alike=(ALIKE,))) == ARGUMENTS


def test_where_all_failed_alike_the_arguments_are_looked_at_before_the_files() -> None:
    unsuited = replace(ALIKE, arguments_at_fault=False)
    assert advice(replace(outcome(BAD_INPUT, BAD_INPUT), alike=(unsuited,))) == [
        "see what ffmpeg said with: batchff logs tour",
        "all failed alike: look at ffmpeg's arguments before you look at the files",
    ]


def test_what_failed_in_another_preset_is_advised_of_as_ever() -> None:
    refused = replace(REFUSED, preset="h264")
    other = replace(BAD_INPUT, preset="mp3")
    ended = replace(outcome(refused, other), alike=(replace(ALIKE, preset="h264"),))
    assert advice(ended) == [
        *ARGUMENTS,
        "repair the files that ffmpeg fails on, then: batchff upload PATH",
        "encode the repaired files with: batchff job retry tour",
    ]


def test_a_job_that_waits_for_ever_is_to_be_stopped() -> None:
    (message,) = advice(outcome(BAD_INPUT, unfinished=1, unreachable=1))
    assert message.endswith("stop it with: batchff job stop tour")


def test_what_is_left_of_a_file_can_be_kept_where_salvage_keeps_something() -> None:
    salvage = "to keep what is left of files that are cut off or damaged, add --salvage"
    not_media = NotEncoded("a.mov", "no moov atom: the recording was cut off")
    cut_off = NotEncoded("a.mov", "1.2 of 4.0 s: the file is cut off", is_salvageable=True)
    bad_on_node = replace(BAD_INPUT, exit_code=NodeExit.SOURCE_BAD)

    assert salvage not in advice(replace(outcome(), not_encoded=(not_media,)))
    assert salvage in advice(replace(outcome(), not_encoded=(not_media, cut_off)))
    assert salvage in advice(outcome(bad_on_node))


def test_how_to_go_on_is_by_what_is_left() -> None:
    again = "with: batchff job retry tour"
    assert list(how_to_go_on("tour", 1, 1, 0))[-1] == f"encode the repaired files {again}"
    assert list(how_to_go_on("tour", 1, 0, 0)) == [f"encode the failed files again {again}"]
    assert list(how_to_go_on("tour", 0, 0, 1)) == [f"encode the files that never ran {again}"]
    assert list(how_to_go_on("tour", 0, 0, 0)) == []


def test_media_that_batchff_didnt_upload_is_mended_where_it_is() -> None:
    first, again = how_to_go_on("tour", 1, 1, 0, "az://media/in")
    assert first == "repair the files that ffmpeg fails on, under the same names in az://media/in"
    assert again == "encode the repaired files with: batchff job retry tour"
    (again,) = how_to_go_on("tour", 0, 0, 1, "https://other.blob.core.windows.net/media")
    assert again == "encode the files that never ran with: batchff job retry tour --input 'URL'"


def test_of_clips_and_second_inputs_the_same_command_sends_what_was_repaired() -> None:
    notices = Notices()
    advise_to_resend(outcome(BAD_INPUT), notices)
    (message,) = notices.messages
    assert "give the same command again" in message
    advise_to_resend(outcome(PREEMPTED), notices)
    assert len(notices.messages) == 1


def test_what_was_done_before_is_said_with_or_without_a_job() -> None:
    assert outcome_text(replace(outcome(), done_before=35)) == (
        "job tour: 3 encoded, 35 done before"
    )
    nothing = JobOutcome("", 0, 0, 0, (), done_before=35)
    assert outcome_text(nothing) == "nothing to encode: 35 done before"
    assert exit_code_of(nothing) == ExitCode.DONE
    assert outcome_text(replace(nothing, failed=1)) == (
        "nothing to encode: 35 done before, 1 failed"
    )
