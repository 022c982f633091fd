"""Tasks that wait for other tasks of their job.

Source: `dependsOn` of Task - Add, and the page "Create task dependencies to run tasks that depend
on the completion of other tasks".
"""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.exit_conditions import DependencyAction, exit_options
from batchff.emulator.state.model import Dependency, Document, Job, Task
from batchff.emulator.state.store import Store


def add_task(store: Store, job: Job, task: Task) -> None:
    """Insert a task, with what it waits for. Raises sqlite3.IntegrityError where the id is taken.

    The tasks that it depends on needn't be there yet. Tasks that depend on each other in a circle
    never run.
    """
    waits = _unsatisfied(store, job, task.document.get("dependsOn", {}))
    if not waits:
        store.tasks.add(task)
        return
    with store.transaction():
        seq = store.tasks.add(replace(task, waits=len(waits)))
        for dependency in waits:
            store.dependencies.add(replace(dependency, task=seq))


def save_completed(store: Store, task: Task, completed: Task) -> None:
    """Save that a task has been completed; what waited for nothing else can run from now on.

    What depends on a task that failed is blocked, unless its exit conditions say otherwise.
    """
    satisfied = exit_options(completed).dependency_action is DependencyAction.SATISFY
    with store.transaction():
        store.tasks.update(task, replace(completed, satisfied=satisfied))
        if satisfied:
            store.dependencies.release(completed)


def _unsatisfied(store: Store, job: Job, depends_on: Document) -> list[Dependency]:
    waits = [
        Dependency(job.seq, 0, key=key)
        for key in dict.fromkeys(task_id.lower() for task_id in depends_on.get("taskIds", ()))
        if not store.dependencies.is_satisfied(job.seq, key)
    ]
    for limits in depends_on.get("taskIdRanges", ()):
        first = limits["start"]
        last = store.dependencies.highest_unsatisfied(job.seq, first, limits["end"])
        if last is not None:
            waits.append(Dependency(job.seq, 0, first=first, last=last))
    return waits
