"""Feed: a job's tasks are added in groups, while other files are still being sent."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from batchff.cloud.batch import TASKS_PER_REQUEST, Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events.jobs import TasksAdded
from batchff.model.items import Item, ItemTask
from batchff.pipeline.job.graph import in_order
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.job.tasks import TaskMaker
from batchff.pipeline.parallel import StopFlag, Stopped

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_GROUPS_AT_A_TIME = 8
# Long enough to fill a group from small files, too short to be felt.
_SECONDS_TO_FILL_A_GROUP = 0.25


class _Next(NamedTuple):
    """A task to add, and the item that it's of."""

    item: Item
    task: ItemTask


class TaskFeed:
    """Adds a job's tasks as their items are put, once it's started.

    `existing` are the ids of the tasks that the job has already. An error while adding is raised by
    the next call: ServiceError, SignInError.
    """

    def __init__(
        self,
        plan: JobPlan,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        *,
        existing: Collection[str] = (),
    ) -> None:
        self._plan = plan
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._existing = existing
        self._planned = plan.counts.tasks
        self._stop = StopFlag()
        self._waiting: queue.SimpleQueue[_Next | None] = queue.SimpleQueue()
        self._errors: list[BaseException] = []
        self._lock = threading.Lock()
        self._added = len(existing)
        self._open = True
        self._thread = threading.Thread(target=self._run, name="batchff-feed", daemon=True)

    def __enter__(self) -> TaskFeed:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    @property
    def is_open(self) -> bool:
        """Whether more tasks may still come."""
        return self._open

    @property
    def is_short(self) -> bool:
        """Whether it ended before all the tasks that were planned: the job stays open for them."""
        return not self._open and self._added < self._planned

    @property
    def added(self) -> int:
        """How many tasks the job has by now."""
        return self._added

    def put(self, item: Item) -> None:
        """Have an item's tasks added, but for those that the job has."""
        self.raise_error()
        for task in in_order(item.tasks):
            if task.id not in self._existing:
                self._waiting.put(_Next(item, task))

    def give_up(self, item: Item) -> None:
        """Wait no more for an item's tasks: they can't be added."""
        self._planned -= sum(task.id not in self._existing for task in item.tasks)

    def close(self) -> None:
        """Return once all that was put is added."""
        self._waiting.put(None)
        self._thread.join()
        self._open = False
        self.raise_error()
        self._reporter.report(TasksAdded(self._plan.job, self._added))

    def cancel(self) -> None:
        """Return once nothing is being added any more, whatever still waits."""
        self._stop.set()
        self._waiting.put(None)
        self._thread.join()
        self._open = False

    def raise_error(self) -> None:
        """Raise what has gone wrong, if something has."""
        if self._errors:
            raise self._errors[0]

    def _run(self) -> None:
        try:
            with stoppable(self._stop.check):
                maker = self._maker()
            with ThreadPoolExecutor(_GROUPS_AT_A_TIME, thread_name_prefix="batchff-feed") as groups:
                while (group := self._next_group()) and not self._stop.is_set():
                    groups.submit(self._add, maker, group).add_done_callback(self._note)
        except Stopped:
            pass
        except Exception as error:
            self._errors.append(error)

    def _maker(self) -> TaskMaker:
        job = self._batch.jobs.get(self._plan.job)
        if job is None or job.batchff is None:
            raise NotFoundError(f"job {self._plan.job!r} was removed while its tasks were added")
        return TaskMaker(self._plan, self._storage, job.batchff.limits, job.created)

    def _next_group(self) -> list[_Next]:
        """Wait for tasks and return them, the largest first; none when there are no more."""
        group: list[_Next] = []
        deadline = None
        while len(group) < TASKS_PER_REQUEST:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            try:
                following = self._waiting.get(timeout=left)
            except queue.Empty:
                break
            if following is None:
                self._waiting.put(None)  # for the next call, which then returns none
                break
            group.append(following)
            deadline = deadline or time.monotonic() + _SECONDS_TO_FILL_A_GROUP
        # Sorting keeps the order of an item's own tasks: each after those it depends on.
        return sorted(group, key=lambda following: following.item.size, reverse=True)

    def _add(self, maker: TaskMaker, group: list[_Next]) -> None:
        if self._stop.is_set() or self._errors:
            return
        tasks = [maker.task(item, task) for item, task in group]
        try:
            with stoppable(self._stop.check):
                self._batch.tasks.add(self._plan.job, tasks)
        except Stopped:
            return
        with self._lock:
            self._added += len(group)

    def _note(self, done: Future[None]) -> None:
        error = done.exception()
        if error is not None:
            self._errors.append(error)


def add_all(
    plan: JobPlan, items: Iterable[Item], batch: Batch, storage: Storage, reporter: Reporter
) -> None:
    """Add all of a job's tasks; from then on it ends by itself, with the last of them."""
    with TaskFeed(plan, batch, storage, reporter) as feed:
        for item in items:
            feed.put(item)
        feed.close()
    batch.jobs.end_after_tasks(plan.job)
