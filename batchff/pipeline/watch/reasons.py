"""Why a watched job's tasks failed, with the lines of their logs that say so."""

from __future__ import annotations

from collections.abc import Collection

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.jobs import FailedTask, JobStatus, TaskStatus
from batchff.node.files import STDERR_FILE
from batchff.pipeline.job.failures import failed_task
from batchff.pipeline.watch.logs import TaskLogs

_LOG_BYTES = 8192
# After this many failures no lines of the log are read: each would cost a request.
_LOGS_READ = 50


class FailureReasons:
    """Finds out why tasks failed; it reads no log of a task that ran again in another job."""

    def __init__(
        self, job: JobStatus, retried: Collection[str], batch: Batch, storage: Storage
    ) -> None:
        self._facts = job.batchff
        self._retried = retried
        self._logs = TaskLogs(job, batch, storage)
        self._read = 0

    def is_retried(self, task: str) -> bool:
        """Return whether a task ran again in another job, which reports it."""
        return task in self._retried

    def of(self, task: TaskStatus) -> FailedTask:
        """Return a failed task with the reason."""
        said = b""
        if self._read < _LOGS_READ and not self.is_retried(task.id):
            self._read += 1
            said = self._logs.end(task.id, STDERR_FILE, _LOG_BYTES) or b""
        return failed_task(task, self._facts, said.decode("utf-8", "replace"))
