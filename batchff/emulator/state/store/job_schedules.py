"""The table of job schedules."""

from __future__ import annotations

import json

from batchff.emulator.state.model import JobSchedule
from batchff.emulator.state.states import JobScheduleState
from batchff.emulator.state.store.database import Database, Table


class JobSchedules(Table[JobSchedule]):
    """The job schedules."""

    order = "key"

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "job_schedules",
            JobSchedule,
            {
                "document": json.loads,
                "state": JobScheduleState,
                "previous_state": JobScheduleState,
            },
        )

    def find(self, schedule_id: str) -> JobSchedule | None:
        """Give the schedule of an id, whatever its case; None where there is none."""
        return self.first("key = ?", schedule_id.lower())

    def moving(self) -> list[JobSchedule]:
        """Give the schedules that change by themselves, as time passes or their jobs end."""
        return self.select("state IN ('active', 'terminating', 'deleting') ORDER BY seq")

    def any_waiting(self) -> bool:
        """Tell whether an active schedule waits for nothing but the time of its next job."""
        sql = (
            "SELECT EXISTS (SELECT 1 FROM job_schedules WHERE state = 'active'"
            " AND next_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs"
            " WHERE jobs.schedule = job_schedules.seq AND jobs.state != 'completed'))"
        )
        return bool(self._execute(sql, ()).fetchone()[0])
