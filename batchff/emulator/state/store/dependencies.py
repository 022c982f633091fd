"""The table of what tasks wait for, indexed so that no end of a task scans its job's tasks."""

from __future__ import annotations

from batchff.emulator.state.model import Dependency, Task
from batchff.emulator.state.store.database import Database, Table


class Dependencies(Table[Dependency]):
    """One row for each id, and one for each range of ids, that a task waits for.

    A range is stored as waiting for its highest number that isn't satisfied. Tasks mostly run in
    the order of their numbers, so the row is seldom touched before the whole range is done.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, "dependencies", Dependency, {})

    def is_satisfied(self, job: int, key: str) -> bool:
        """Tell whether tasks that depend on this one may go on."""
        sql = "SELECT EXISTS (SELECT 1 FROM tasks WHERE job = ? AND key = ? AND satisfied = 1)"
        return bool(self._execute(sql, (job, key)).fetchone()[0])

    def highest_unsatisfied(self, job: int, first: int, last: int) -> int | None:
        """Give the highest number of a range that no satisfied task has; None where all have."""
        sql = (
            "SELECT DISTINCT number FROM tasks"
            " WHERE job = ? AND number BETWEEN ? AND ? AND satisfied = 1 ORDER BY number DESC"
        )
        wanted = last
        for (number,) in self._execute(sql, (job, first, last)):
            if number != wanted:
                break
            wanted -= 1
        return wanted if wanted >= first else None

    def release(self, task: Task) -> None:
        """Let go what waited for a task that is satisfied now."""
        found = "job = ? AND key = ?"
        if self.first(found, task.job, task.key) is not None:
            self._execute(
                "UPDATE tasks SET waits = waits - 1"
                f" WHERE seq IN (SELECT task FROM dependencies WHERE {found})",
                (task.job, task.key),
            )
            self._execute(f"DELETE FROM dependencies WHERE {found}", (task.job, task.key))
        if task.number is not None:
            self._shorten_ranges(task.job, task.number)

    def _shorten_ranges(self, job: int, number: int) -> None:
        sql = "SELECT DISTINCT first FROM dependencies WHERE job = ? AND last = ?"
        for (first,) in self._execute(sql, (job, number)).fetchall():
            last = self.highest_unsatisfied(job, first, number)
            found = "job = ? AND last = ? AND first = ?"
            values = (job, number, first)
            if last is not None:
                self._execute(f"UPDATE dependencies SET last = ? WHERE {found}", (last, *values))
                continue
            for row in self.select(found, *values):
                self._execute("UPDATE tasks SET waits = waits - 1 WHERE seq = ?", (row.task,))
                self.remove(row.seq)
