from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.cli.words.end import MOST_LINES, Left, end_lines, so_far_lines
from batchff.console.tally import Tally
from batchff.model.jobs import FailedTask, JobOutcome, NotEncoded
from tests.console.screen.film import film
from tests.pipeline.recorder import Recorder

LEFT = Left("the uploads and the outputs", " --inputs --outputs")
DONE = JobOutcome("tour", 40, 0, 0, ())


def tallied() -> Tally:
    now = [0.0]
    tally = Tally(Recorder(), clock=lambda: now[0])
    for now[0], event in film():
        tally.report(event)
    return tally


def failure(file: str, reason: str) -> FailedTask:
    return FailedTask(file, file, reason, 12, ())


def test_the_end_says_what_was_made_what_stays_and_where_the_report_is() -> None:
    lines = end_lines(DONE, tallied(), LEFT, [], besides=2)
    assert lines[0].startswith("39.1 KiB in, 17.1 KiB out, took 6:40, ")
    assert " of real time, nodes cost " in lines[0] and lines[0].endswith(" EUR")
    assert lines[1:] == (
        "in the cloud: the uploads and the outputs; remove with: "
        "batchff cleanup tour --inputs --outputs",
        "report: batchff report tour",
    )


def test_failures_are_grouped_by_reason_whatever_their_numbers() -> None:
    cut = [
        NotEncoded(f"{number}.mov", f"{number}.2 of 4.0 s: it is cut off") for number in range(4)
    ]
    ended = replace(
        DONE, failed=5, failures=(failure("a.mov", "it is silent"),), not_encoded=tuple(cut)
    )
    lines = end_lines(ended, tallied(), LEFT, ["try again"], besides=2)
    assert lines[1:3] == (
        "failed   4 × it is cut off: 0.mov, 1.mov and 2 more",
        "failed   1 × it is silent: a.mov",
    )
    assert lines[-1] == "try again"


@pytest.mark.parametrize("reasons", [0, 1, 2, 3, 4, 12])
@pytest.mark.parametrize("advice", [0, 1, 4, 9])
@pytest.mark.parametrize("besides", [1, 2, 3])
def test_the_end_is_ten_lines_at_most_and_tells_of_failures(
    reasons: int, advice: int, besides: int
) -> None:
    failures = tuple(failure(f"{letter}.mov", f"reason {letter}") for letter in "abcdefghijkl")
    ended = replace(DONE, failures=failures[:reasons])
    lines = end_lines(ended, tallied(), LEFT, ["advice"] * advice, besides=besides)
    assert len(lines) + besides <= MOST_LINES
    failed = [line.split() for line in lines if line.startswith("failed")]
    assert sum(int(words[1]) for words in failed) == reasons, "the counts add up"
    assert len(failed) >= min(reasons, 2)
    assert "report: batchff report tour" in lines
    written = end_lines(
        ended, tallied(), LEFT, ["advice"] * advice, besides=besides, is_reported=True
    )
    assert len(written) + besides <= MOST_LINES
    assert not any(line.startswith("report") for line in written)


def test_names_cant_move_the_cursor() -> None:
    ended = replace(DONE, failures=(failure("\x1b[2J.mov", "bad\x07"),))
    assert "failed   1 × bad\\x07: \\x1b[2J.mov" in end_lines(ended, tallied(), LEFT, [], besides=1)


def test_a_job_of_another_program_has_no_report() -> None:
    assert end_lines(replace(DONE, batchff=False), Tally(Recorder()), LEFT, [], besides=1) == ()


def test_what_was_done_until_a_stop() -> None:
    lines = so_far_lines(tallied())
    assert lines[0] == "so far: 35 encoded, 10 failed"
    assert lines[1].startswith("39.1 KiB in, 17.1 KiB out, took ")
    assert len(lines) <= 6
    assert so_far_lines(Tally(Recorder())) == ()
