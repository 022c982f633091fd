"""Tasks: one for each file, added to the job in groups while other files still come to stand.

A user's path never enters a command line: it's a blob's name.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import TASKS_PER_REQUEST, Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events.jobs import TasksAdded
from batchff.ffmpeg.media import node_input_name
from batchff.ffmpeg.presets import Preset
from batchff.model.files import Item
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec
from batchff.node.arguments import ARGUMENTS_FILE
from batchff.pipeline.job.limits import JobLimits, stamped_limits
from batchff.pipeline.job.make import SCRIPT, JobPlan
from batchff.pipeline.names import log_prefix, node_prefix
from batchff.pipeline.parallel import StopFlag, Stopped

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

PROGRESS_FILE = "progress.txt"
STDERR_FILE = "stderr.txt"
VERDICT_FILE = "wd/verdict.txt"
"""By this an attempt knows that the one before it failed for good."""

_GROUPS_AT_A_TIME = 8
# Long enough to fill a group from small files, too short to be felt.
_SECONDS_TO_FILL_A_GROUP = 0.25


def command_line(item: Item, preset: Preset) -> str:
    """Return the command line of the task that encodes a file: plain words, none of the user's."""
    input_name, output_name = _names_on_the_node(item, preset)
    return f"sh {SCRIPT} {input_name} {output_name} {item.size}"


def _names_on_the_node(item: Item, preset: Preset) -> tuple[str, str]:
    return node_input_name(item.relative), f"output{preset.suffix}"


class TaskMaker:
    """Makes the tasks of one job: each has its own SAS to read its input, all share the rest.

    Where the pool has an identity, that opens the blobs, and there is no SAS at all.

    `limits` and `created` are the standing job's own: no SAS ends before the job can.
    """

    def __init__(
        self, plan: JobPlan, storage: Storage, limits: JobLimits, created: datetime
    ) -> None:
        self._plan = plan
        self._storage = storage
        self._limits = limits
        self._expiry = limits.sas_expiry(created)
        self._shared = tuple(
            self._fetched(name, plan.output_container, node_prefix(plan.folder) + name)
            for name in (SCRIPT, ARGUMENTS_FILE)
        )
        self._write_url = (
            storage.url(plan.output_container)
            if plan.identity
            else storage.write_url(plan.output_container, expiry=self._expiry)
        )

    def task(self, item: Item) -> TaskSpec:
        """Make the task that encodes a file."""
        plan = self._plan
        input_name, output_name = _names_on_the_node(item, plan.preset)
        logs = log_prefix(plan.folder, item.task_id)
        return TaskSpec(
            id=item.task_id,
            name=item.relative,
            command_line=command_line(item, plan.preset),
            resource_files=(
                self._fetched(input_name, plan.input_container, item.input_blob),
                *self._shared,
            ),
            output_files=(
                self._kept(output_name, item.output_blob, "tasksuccess"),
                self._kept(f"../{STDERR_FILE}", f"{logs}{STDERR_FILE}"),
                self._kept("../stdout.txt", f"{logs}stdout.txt"),
                self._kept(PROGRESS_FILE, f"{logs}{PROGRESS_FILE}"),
            ),
            time_limit=self._limits.task_timeout,
            retries=self._limits.retries,
            container_image=plan.container_image,
        )

    def _fetched(self, path: str, container: str, blob: str) -> ResourceFile:
        identity = self._plan.identity
        if identity:
            return ResourceFile(path, self._storage.url(container, blob), identity)
        return ResourceFile(path, self._storage.read_url(container, blob, expiry=self._expiry))

    def _kept(self, pattern: str, blob: str, condition: str = "taskcompletion") -> OutputFile:
        return OutputFile(pattern, blob, condition, self._write_url, self._plan.identity)


class TaskFeed:
    """Adds a job's tasks as they are put; `standing` are the ids of those it has already.

    What goes wrong while adding is raised by the next call: ServiceError, SignInError.
    """

    def __init__(
        self,
        plan: JobPlan,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
        *,
        standing: Collection[str] = (),
    ) -> None:
        self._plan = plan
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._standing = standing
        self._stop = StopFlag()
        self._waiting: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._errors: list[BaseException] = []
        self._lock = threading.Lock()
        self._added = len(standing)
        self._open = True
        self._thread = threading.Thread(target=self._run, name="batchff-feed", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether more tasks may still come."""
        return self._open

    @property
    def is_short(self) -> bool:
        """Whether it ended before all the tasks that were planned: the job stays open for them."""
        return not self._open and self._added < self._plan.files

    @property
    def added(self) -> int:
        """How many tasks the job has by now."""
        return self._added

    def put(self, item: Item) -> None:
        """Have a task added, unless the job has it."""
        self.raise_error()
        if item.task_id not in self._standing:
            self._waiting.put(item)

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
        if job is None:
            raise NotFoundError(f"job {self._plan.job!r} was removed while its tasks were added")
        return TaskMaker(self._plan, self._storage, stamped_limits(job.metadata), job.created)

    def _next_group(self) -> list[Item]:
        """Wait for items and return them, the largest first; none when there are no more."""
        group: list[Item] = []
        deadline = None
        while len(group) < TASKS_PER_REQUEST:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            try:
                item = self._waiting.get(timeout=left)
            except queue.Empty:
                break
            if item is None:
                self._waiting.put(None)  # for the next call, which then returns none
                break
            group.append(item)
            deadline = deadline or time.monotonic() + _SECONDS_TO_FILL_A_GROUP
        return sorted(group, key=lambda item: item.size, reverse=True)

    def _add(self, maker: TaskMaker, group: list[Item]) -> None:
        if self._stop.is_set() or self._errors:
            return
        try:
            with stoppable(self._stop.check):
                self._batch.tasks.add(self._plan.job, [maker.task(item) for item in group])
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
    feed = TaskFeed(plan, batch, storage, reporter)
    try:
        for item in items:
            feed.put(item)
        feed.close()
    finally:
        feed.cancel()
    batch.jobs.end_after_tasks(plan.job)
