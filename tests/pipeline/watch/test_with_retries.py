from __future__ import annotations

from datetime import UTC, datetime

from batchff.model.jobs import FailedTask, JobOutcome, TaskStatus, TaskTotals
from batchff.pipeline.watch.with_retries import after_retry


def ran_again(*names: str) -> list[TaskStatus]:
    now = datetime.now(UTC)
    return [TaskStatus(name, f"{name}.mp4", "completed", True, now) for name in names]


def failed(task: str, file: str = "") -> FailedTask:
    return FailedTask(task, file or f"{task}.mp4", "ffmpeg failed on this input", 12, ())


def test_what_succeeded_later_has_succeeded() -> None:
    both = (failed("a"), failed("b"))
    first = JobOutcome("tour", 5, 2, 1, both, tasks=TaskTotals(5, 2, 1), outputs=5)
    later = JobOutcome("tour-retry", 2, 1, 0, (failed("b"),), tasks=TaskTotals(2, 1), outputs=2)

    outcome = after_retry(first, ran_again("a", "b", "never-ran"), later)

    assert outcome == JobOutcome(
        *("tour", 7, 1, 0, (failed("b"),)),
        retries=("tour-retry",),
        tasks=TaskTotals(7, 1),
        outputs=7,
    )


def test_what_was_not_tried_again_stays_as_it_was() -> None:
    both = (failed("a"), failed("b"))
    first = JobOutcome("tour", 5, 2, 3, both, tasks=TaskTotals(5, 2, 3), outputs=5)
    later = JobOutcome("tour-retry", 0, 0, 1, (), tasks=TaskTotals(unfinished=1))

    outcome = after_retry(first, ran_again("a"), later)

    assert outcome == JobOutcome(
        *("tour", 5, 1, 4, (failed("b"),)),
        retries=("tour-retry",),
        tasks=TaskTotals(5, 1, 4),
        outputs=5,
    )


def test_a_file_whose_tasks_ran_in_both_jobs_counts_once() -> None:
    """Two of its tasks succeeded in the first job, one failed there, and one waited behind that."""
    first = JobOutcome("tour", 0, 1, 0, (failed("part-2", "film.mp4"),), tasks=TaskTotals(2, 1, 1))
    later = JobOutcome("tour-retry", 1, 0, 0, (), tasks=TaskTotals(2), outputs=1)
    now = datetime.now(UTC)
    again = [
        TaskStatus(name, "film.mp4", "completed", True, now) for name in ("part-2", "film-join")
    ]

    outcome = after_retry(first, again, later)

    assert (outcome.succeeded, outcome.failed, outcome.unfinished) == (1, 0, 0)
    assert outcome.tasks == TaskTotals(4, 0, 0)
    assert outcome.outputs == 1
