"""Watch: look at a job until it's over, and return how it ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import (
    InterruptedByUser,
    NotFoundError,
    ServiceError,
    TimedOutError,
    UnreachableError,
)
from batchff.model.jobs import FailedTask, JobOutcome, TaskStatus
from batchff.pipeline.pool.use import GOING
from batchff.pipeline.waiting import Interval
from batchff.pipeline.watch.job import JobWatcher

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter
    from batchff.pipeline.job.feed import TaskFeed

_SHORTEST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0


def watch(
    job: str,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    timeout: float | None = None,
    started: float | None = None,
    asked: str = "",
    retried: Collection[str] = frozenset(),
    pause: Callable[[float], object] = time.sleep,
    feed: TaskFeed | None = None,
    on_success: Callable[[TaskStatus], None] = lambda task: None,
    on_failure: Callable[[FailedTask], None] = lambda failure: None,
) -> JobOutcome:
    """Tell what happens in a job until it's over, and return how it ended.

    `timeout` is in seconds, from now or from when `time.monotonic` was `started`. `asked` is the
    job to come back to, where this one is only a retry of it. `feed` is what still adds tasks to
    the job, where that's done by the same process. Failures of tasks that are `retried` in another
    job are counted, and not told. Raises TimedOutError after the timeout and InterruptedByUser at
    Ctrl-C, with the job going on; PoolError when its pool can't run it; NotFoundError where there
    is no job, or it is deleted meanwhile.
    """
    started = time.monotonic() if started is None else started
    asked = asked or job
    time_left = partial(_time_left, job, asked, timeout, started)
    interval = Interval(_SHORTEST_PAUSE, _LONGEST_PAUSE)
    watcher = None
    try:
        with stoppable(time_left):
            watcher = JobWatcher(
                job, batch, storage, reporter, feed, retried, on_success, on_failure
            )
            while True:
                changed = watcher.look()
                if watcher.is_over:
                    return watcher.outcome()
                seconds = interval.after(changed=changed)
                pause(min(seconds, time_left()))
    except UnreachableError as error:
        raise UnreachableError(
            error.message, hint=f"the job goes on; come back with: batchff watch {asked}"
        ) from error
    except ServiceError as error:
        if watcher is None or not _is_going(job, batch):
            raise
        raise NotFoundError(
            f"job {job!r} was deleted while it was watched", hint=watcher.what_is_left
        ) from error
    except KeyboardInterrupt:
        raise InterruptedByUser(
            f"stopped watching; job {job!r} goes on",
            hint=f"come back with: batchff watch {asked}; "
            f"end it with: batchff cleanup {asked} --pool",
        ) from None


def _time_left(job: str, asked: str, timeout: float | None, started: float) -> float:
    """Return for how many seconds a job may still be watched; raise TimedOutError after that."""
    if timeout is None:
        return math.inf
    left = timeout - (time.monotonic() - started)
    if left <= 0:
        raise TimedOutError(
            f"job {job!r} isn't done after {timeout:.0f} s; it goes on",
            hint=f"come back with: batchff watch {asked}",
        )
    return left


def _is_going(job: str, batch: Batch) -> bool:
    status = batch.jobs.get(job)
    return status is None or status.state == GOING
