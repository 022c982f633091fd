"""Find a task of a job by its id, or by the file it encodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
        raise _ambiguous(wanted, found)
    run = batch.tasks.get(job, found[0].id) if found else None
    if run is None:
        raise NotFoundError(
            f"job {job!r} has no task {wanted!r}",
            hint=f"its failed tasks: batchff job show {job}",
        )
    return run


def _ambiguous(wanted: str, found: Sequence[TaskStatus]) -> UsageError:
    """Return the error that says what could be meant: files or, where one has several, tasks."""
    files = Counter(task.name for task in found)
    if len(files) == 1:
        ids = ", ".join(sorted(task.id for task in found))
        return UsageError(f"{found[0].name!r} has {len(found)} tasks: {ids}", hint="give one's id")
    names = sorted(
        f"{task.name!r} (task {task.id})" if files[task.name] > 1 else repr(task.name)
        for task in found
    )
    return UsageError(
        f"{wanted!r} could be {some_of(names, _NAMES_SHOWN)}",
        hint="give more of the name, or a task's id"
        if len(files) < len(found)
        else "give more of the name",
    )


def _begins(task: TaskStatus, wanted: str) -> bool:
    return task.id.lower().startswith(wanted.lower())
