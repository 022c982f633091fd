"""Watch a job until it's over: a generator of the tasks that ended, then of the outcome."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import (
    BatchffError,
    InterruptedByUser,
    NotFoundError,
    ServiceError,
    SignInError,
    TimedOutError,
    UnreachableError,
)
from batchff.events import Warned
from batchff.model.jobs import JobOutcome, JobStatus
from batchff.model.states import JobState
from batchff.pipeline.job.lookup import outputs_of, require_job
from batchff.pipeline.names import FAILED_ALIKE
from batchff.pipeline.waiting import Interval
from batchff.pipeline.watch.job import Ended, Feeding, JobWatcher, watch_job

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_SHORTEST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Watching:
    """How a job is watched.

    `timeout` is in seconds, from now or from when `time.monotonic` was `started`. `asked` is the
    job to come back to, where this one is only a retry of it. `feed` is what still adds tasks to
    the job, where that's done by the same process. Failures of tasks that are `retried` in another
    job are counted, and not reported. `pause` waits between two looks.
    """

    timeout: float | None = None
    started: float | None = None
    asked: str = ""
    retried: Collection[str] = frozenset()
    feed: Feeding | None = None
    pause: Callable[[float], object] = time.sleep


def watch(
    job: str, batch: Batch, storage: Storage, reporter: Reporter, how: Watching | None = None
) -> Iterator[Ended | JobOutcome]:
    """Yield each task of a job as it ends and, last of all, the job's outcome.

    Raises TimedOutError after the timeout and InterruptedByUser at Ctrl-C, with the job going on;
    PoolError when its pool can't run it; NotFoundError where there is no job, or it is deleted
    meanwhile.
    """
    how = how or Watching()
    asked = how.asked or job
    started = time.monotonic() if how.started is None else how.started
    time_left = partial(_time_left, job, asked, how, started)
    status = None
    try:
        with stoppable(time_left):
            status = require_job(job, batch)
            watcher = watch_job(
                status, batch, storage, reporter, retried=how.retried, feed=how.feed
            )
        yield from _within(time_left, _looks(watcher, how, time_left))
    except UnreachableError as error:
        raise UnreachableError(
            error.message, hint=f"the job goes on; come back with: batchff watch {asked}"
        ) from error
    except ServiceError as error:
        if status is None or not _is_going(job, batch):
            raise
        raise NotFoundError(
            f"job {job!r} was deleted while it was watched", hint=_what_is_left(status)
        ) from error
    except KeyboardInterrupt:
        raise stopped_watching(job, asked) from None


def watch_to_end(
    job: str, batch: Batch, storage: Storage, reporter: Reporter, how: Watching | None = None
) -> JobOutcome:
    """Return how a job ended, once it's over; raises as `watch`.

    A job that has all its tasks is stopped where its first files show that all would fail alike.
    """
    outcome = None
    is_stopped = False
    for seen in watch(job, batch, storage, reporter, how):
        if isinstance(seen, JobOutcome):
            outcome = seen
        elif seen.is_hopeless and not is_stopped:
            is_stopped = _stop_hopeless(job, batch, reporter)
    assert outcome is not None
    return outcome


def _stop_hopeless(job: str, batch: Batch, reporter: Reporter) -> bool:
    """Stop a job; return whether nothing more is to be done about it.

    One that still gets tasks is left to the command that adds them, which sees the same.
    """
    status = batch.jobs.get(job)
    if status is None or not status.ends_after_tasks:
        return status is None
    try:
        batch.jobs.terminate(job, FAILED_ALIKE)
    except (ServiceError, SignInError) as error:
        reporter.report(Warned(f"job {job} isn't stopped: {error.message}"))
    return True


def stopped_watching(job: str, asked: str, *, is_submit: bool = False) -> InterruptedByUser:
    """Return the error that says that the user stopped watching a job."""
    same = "the same command continues, and downloads; " if is_submit else ""
    return InterruptedByUser(
        f"stopped watching; job {job!r} goes on",
        hint=f"{same}come back with: batchff watch {asked}; "
        f"end it with: batchff cleanup {asked} --pool",
    )


def _looks(
    watcher: JobWatcher, how: Watching, time_left: Callable[[], float]
) -> Generator[Ended, None, JobOutcome]:
    """Look at a job until it's over, less and less often while nothing changes."""
    interval = Interval(_SHORTEST_PAUSE, _LONGEST_PAUSE)
    try:
        while not watcher.is_over:
            changed = yield from watcher.look()
            if not watcher.is_over:
                how.pause(min(interval.after(changed=changed), time_left()))
    except (BatchffError, KeyboardInterrupt):
        watcher.report_alike()  # those that failed alike until now
        raise
    return (yield from watcher.outcome())


def _within(
    time_left: Callable[[], float], looks: Generator[Ended, None, JobOutcome]
) -> Iterator[Ended | JobOutcome]:
    """Yield what looks yield and then what they return; stop them when time is over.

    What the caller does between two looks isn't stopped.
    """
    while True:
        with stoppable(time_left):
            try:
                seen = next(looks)
            except StopIteration as end:
                outcome: JobOutcome = end.value
                break
        yield seen
    yield outcome


def _time_left(job: str, asked: str, how: Watching, started: float) -> float:
    """Return for how many seconds a job may still be watched; raise TimedOutError after that."""
    if how.timeout is None:
        return math.inf
    left = how.timeout - (time.monotonic() - started)
    if left <= 0:
        raise TimedOutError(
            f"job {job!r} isn't done after {how.timeout:.0f} s; it goes on",
            hint=f"come back with: batchff watch {asked}",
        )
    return left


def _is_going(job: str, batch: Batch) -> bool:
    status = batch.jobs.get(job)
    return status is None or status.state == JobState.DELETING


def _what_is_left(job: JobStatus) -> str:
    """Return where the outputs are of a job that went away."""
    if job.batchff is None:
        return ""
    return f"its outputs stay at {outputs_of(job).address}"
