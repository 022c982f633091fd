"""Find a task of a job by its id, or by the file it encodes."""

from __future__ import annotations

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError, UsageError
from batchff.model.jobs import TaskRun, TaskStatus
from batchff.pipeline.names import is_id, task_id
from batchff.wording import some_of

_NAMES_SHOWN = 5


def find_task(job: str, wanted: str, batch: Batch) -> TaskRun:
    """Return the task with this id, or whose file's path is this or ends with it.

    The beginning of an id or a path, and the end of a path, do as well where only one task has it.
    Raises NotFoundError for none, UsageError for several.
    """
    for guess in (wanted, task_id(wanted)):
        run = batch.tasks.get(job, guess) if is_id(guess) else None
        if run is not None:
            return run
    whole, ends, others = [], [], []
    for task in batch.tasks.all(job):
        if task.name == wanted:
            whole.append(task)
        elif task.name.endswith(f"/{wanted}"):
            ends.append(task)
        elif task.name.startswith(wanted) or task.name.endswith(wanted) or _begins(task, wanted):
            others.append(task)
    found = whole or ends or others
    if len(found) > 1:
        names = some_of(sorted(repr(task.name) for task in found), _NAMES_SHOWN)
        raise UsageError(f"{wanted!r} could be {names}", hint="give more of the name")
    run = batch.tasks.get(job, found[0].id) if found else None
    if run is None:
        raise NotFoundError(
            f"job {job!r} has no task {wanted!r}",
            hint=f"its failed tasks: batchff job show {job}",
        )
    return run


def _begins(task: TaskStatus, wanted: str) -> bool:
    return task.id.lower().startswith(wanted.lower())
