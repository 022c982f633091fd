from __future__ import annotations

from batchff.model.jobs import FailedTask, JobOutcome
from batchff.pipeline.watch.with_retries import after_retry


def failed(task: str) -> FailedTask:
    return FailedTask(task, f"{task}.mp4", "ffmpeg failed on this input", 12, ())


def test_what_succeeded_later_has_succeeded() -> None:
    first = JobOutcome("tour", 5, 2, 1, (failed("a"), failed("b")))
    later = JobOutcome("tour-retry", 2, 1, 0, (failed("b"),))

    outcome = after_retry(first, {"a", "b", "never-ran"}, later)

    assert outcome == JobOutcome("tour", 7, 1, 0, (failed("b"),), retries=("tour-retry",))


def test_what_was_not_tried_again_stays_as_it_was() -> None:
    first = JobOutcome("tour", 5, 2, 3, (failed("a"), failed("b")))
    later = JobOutcome("tour-retry", 0, 0, 1, ())

    outcome = after_retry(first, {"a"}, later)

    assert outcome == JobOutcome("tour", 5, 1, 4, (failed("b"),), retries=("tour-retry",))
