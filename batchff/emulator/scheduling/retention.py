"""The directories of tasks on their nodes, deleted once they were kept for their retentionTime."""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.state.model import Document, Job, Preparation, Task
from batchff.emulator.state.store import Store


class Retention:
    """Deletes directories of tasks, and of jobs' preparation and release tasks."""

    def __init__(self, store: Store, machine: Machine) -> None:
        self._machine = machine
        self._store = store

    def next_expiry(self) -> int | None:
        """Tell when there will be something to delete."""
        moments = (self._store.tasks.next_expiry(), self._store.preparations.next_expiry())
        return min((moment for moment in moments if moment is not None), default=None)

    def delete_expired(self, now: int) -> None:
        """Delete the directories whose retention times have passed."""
        for task in self._store.tasks.expired(now):
            self._expire_task(task)
        for row in self._store.preparations.expired(now):
            self._expire_preparation(row, now)

    def _expire_task(self, task: Task) -> None:
        self._store.tasks.update(task, replace(task, expires=None))
        job = self._store.jobs.get(task.job)
        if job is not None and task.node is not None:
            self._discard(task.node, job.id, task.id)

    def _expire_preparation(self, row: Preparation, now: int) -> None:
        job = self._store.jobs.get(row.job)
        kept = row
        if row.expires is not None and row.expires <= now:
            kept = replace(kept, expires=None)
            self._discard_side(row, job, job.preparation if job is not None else None)
        if row.release_expires is not None and row.release_expires <= now:
            kept = replace(kept, release_expires=None)
            self._discard_side(row, job, job.release if job is not None else None)
        self._store.preparations.update(row, kept)

    def _discard_side(self, row: Preparation, job: Job | None, task: Document | None) -> None:
        if job is not None and task is not None:
            self._discard(row.node, job.id, task["id"])

    def _discard(self, node_id: str, job_id: str, task_id: str) -> None:
        self._machine.trash.discard(self._machine.nodes / node_id / task_directory(job_id, task_id))
