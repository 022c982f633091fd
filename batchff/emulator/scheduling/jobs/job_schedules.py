"""Job schedules: making their jobs when these are due, one at a time, and their own ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.layout import directory_of
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.scheduling.jobs.auto_pools import AutoPools
from batchff.emulator.scheduling.jobs.jobs import Jobs
from batchff.emulator.scheduling.loops.watch import Watch
from batchff.emulator.state.creation import lives_with_schedule
from batchff.emulator.state.model import Job, JobSchedule
from batchff.emulator.state.recurrence import recurrence_of
from batchff.emulator.state.states import JobScheduleState, JobState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.times import SECOND
from batchff.emulator.state.transitions import schedule_moved


class JobSchedules:
    """Watches the schedules; `on_made` is called with each job that one of them makes."""

    def __init__(
        self,
        store: Store,
        machine: Machine,
        clock: Clock,
        jobs: Jobs,
        auto_pools: AutoPools,
        on_made: Callable[[Job], None],
    ) -> None:
        self._machine = machine
        self._store = store
        self._jobs = jobs
        self._auto_pools = auto_pools
        self._on_made = on_made
        self._watch = Watch(clock, self._look)

    def look_again(self) -> None:
        """A schedule was made or changed, or a job of one has ended or is gone."""
        self._watch.look_again()

    async def run(self) -> None:
        """Watch for ever."""
        await self._watch.run()

    def disable(self, schedule: JobSchedule) -> None:
        """Make no more jobs of it; a job that runs isn't ended."""
        self._move(schedule, JobScheduleState.DISABLED)

    def enable(self, schedule: JobSchedule) -> None:
        """Make its jobs again when they are due."""
        self._move(schedule, JobScheduleState.ACTIVE)

    def terminate(self, schedule: JobSchedule) -> None:
        """End its job, then itself."""
        with self._store.transaction():
            self._move(schedule, JobScheduleState.TERMINATING)
            job = self._store.jobs.unfinished_of(schedule)
            if job is not None and job.state not in (JobState.TERMINATING, JobState.DELETING):
                self._jobs.terminate(job, "TerminateWorkitem", changed=False)

    def delete(self, schedule: JobSchedule) -> None:
        """Remove it and all of its jobs."""
        self._move(schedule, JobScheduleState.DELETING)

    def _move(self, schedule: JobSchedule, state: JobScheduleState) -> None:
        now = self._store.tick()
        moved = schedule_moved(schedule, state, now)
        self._store.job_schedules.save(replace(moved, modified=now))
        self.look_again()

    def _look(self) -> float | None:
        """Do what is due. Return after how many seconds more will be."""
        moments = []
        now = self._store.tick()
        for schedule in self._store.job_schedules.moving():
            if schedule.state is JobScheduleState.ACTIVE:
                moments.append(self._advance(schedule, now))
            elif schedule.state is JobScheduleState.DELETING:
                self._remove(schedule)
            elif self._store.jobs.unfinished_of(schedule) is None:
                self._complete(schedule)
        waits = [(moment - now) / SECOND for moment in moments if moment is not None]
        return min(waits, default=None)

    def _advance(self, schedule: JobSchedule, now: int) -> int | None:
        """Make the job that is due, if it may be. Return when there is something to do next."""
        recurrence = recurrence_of(schedule.document["schedule"], schedule.created)
        busy = self._store.jobs.unfinished_of(schedule) is not None
        run = schedule.next_run
        if run is not None and run <= now:
            run = recurrence.latest(run, now)
            if recurrence.is_lost(run, now):
                schedule = replace(schedule, next_run=recurrence.following(run))
                self._store.job_schedules.save(schedule)
            elif not busy:
                schedule = self._make_job(schedule, run, recurrence.following(run))
                busy = True
            elif run != schedule.next_run:
                schedule = replace(schedule, next_run=run)
                self._store.job_schedules.save(schedule)
        if not busy and recurrence.is_over(schedule.next_run, now):
            self._complete(schedule)
            return None
        return recurrence.changes(schedule.next_run, now)

    def _make_job(self, schedule: JobSchedule, run: int, following: int | None) -> JobSchedule:
        made = replace(schedule, next_run=following, last_run=run, jobs=schedule.jobs + 1)
        specification = schedule.document["jobSpecification"]
        auto_pool = specification["poolInfo"].get("autoPoolSpecification")
        with self._store.transaction():
            body = {**specification, "id": made.recent_job}
            job = create_job(self._store, body, self._store.tick(), schedule)
            if auto_pool is not None and lives_with_schedule(auto_pool):
                made = replace(made, auto_pool=job.auto_pool)
            self._store.job_schedules.save(made)
        self._on_made(job)
        return made

    def _complete(self, schedule: JobSchedule) -> None:
        done = schedule_moved(schedule, JobScheduleState.COMPLETED, self._store.tick())
        with self._store.transaction():
            self._store.job_schedules.save(done)
            self._auto_pools.schedule_ended(done)

    def _remove(self, schedule: JobSchedule) -> None:
        """Delete what is left of its jobs; once nothing is, the schedule itself goes."""
        jobs = self._store.jobs.of_schedule(schedule)
        for job in jobs:
            if job.state is not JobState.DELETING:
                self._jobs.delete(job)
        if jobs:
            return
        for node in self._machine.nodes.iterdir():
            self._machine.trash.discard(node / directory_of(schedule.id))
        with self._store.transaction():
            self._auto_pools.schedule_ended(schedule)
            self._store.job_schedules.remove(schedule.seq)
