"""What runs on nodes beside tasks: jobs' preparation and release tasks, which take no slots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.execution import Command, Outcome
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.fleet.runs import outcome_of, seconds_of
from batchff.emulator.scheduling.loops.background import Background, until_stored
from batchff.emulator.state.model import Document, Job

Note = Callable[[Outcome | None], None]


@dataclass(eq=False)
class AuxiliaryRun:
    """A preparation or release task on a node, until its end is written down."""

    job: Job
    member: Member
    work: asyncio.Task[Outcome]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class AuxiliaryRuns:
    """All that run of one kind: one for a job and node; `on_end` is called with each one's job."""

    def __init__(self, background: Background, clock: Clock, on_end: Callable[[Job], None]) -> None:
        self._background = background
        self._clock = clock
        self._on_end = on_end
        self._by_job: dict[int, dict[Member, AuxiliaryRun]] = {}
        self._stopping = False

    def begin(
        self, job: Job, member: Member, work: Coroutine[Any, Any, Outcome], note: Note
    ) -> AuxiliaryRun:
        """Run something; `note` writes down how it ended, None where it was cancelled."""
        run = AuxiliaryRun(job, member, asyncio.get_running_loop().create_task(work))
        self._by_job.setdefault(job.seq, {})[member] = run
        run.work.add_done_callback(partial(self._ended, run, note))
        return run

    def find(self, job: Job, member: Member) -> AuxiliaryRun | None:
        """Give what runs for a job on a node; None where nothing does."""
        return self._by_job.get(job.seq, {}).get(member)

    def any_of(self, job: Job) -> bool:
        """Tell whether anything runs for a job."""
        return job.seq in self._by_job

    def cancel(self, job: Job) -> None:
        """End all that runs for a job."""
        for run in self._by_job.get(job.seq, {}).values():
            run.work.cancel()

    async def end_on(self, member: Member) -> None:
        """End all that runs on a node, and return once that is written down."""
        runs = [run for run in self if run.member is member]
        for run in runs:
            run.work.cancel()
        for run in runs:
            await run.over.wait()

    async def stop(self) -> None:
        """End everything and write nothing: the next start sees that it was running."""
        self._stopping = True
        works = [run.work for run in self]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def __iter__(self) -> Iterator[AuxiliaryRun]:
        for runs in list(self._by_job.values()):
            yield from list(runs.values())

    def __len__(self) -> int:
        return sum(len(runs) for runs in self._by_job.values())

    def _ended(self, run: AuxiliaryRun, note: Note, work: asyncio.Task[Outcome]) -> None:
        if not self._stopping:
            self._background.begin(self._conclude(run, note))

    async def _conclude(self, run: AuxiliaryRun, note: Note) -> None:
        outcome = None
        if not run.work.cancelled():
            outcome = outcome_of(run.work, f"what runs beside the tasks of job {run.job.id}")
        await until_stored(lambda: note(outcome), self._clock)
        of_job = self._by_job[run.job.seq]
        del of_job[run.member]
        if not of_job:
            del self._by_job[run.job.seq]
        run.over.set()
        self._on_end(run.job)


def auxiliary_command(
    member: Member, job: Job, task: Document, time_limit: str, preparation: str | None = None
) -> Command:
    """Make the command of a preparation task, or of a release task that follows one."""
    node = member.identity
    settings = [
        *job.document.get("commonEnvironmentSettings", ()),
        *task.get("environmentSettings", ()),
    ]
    return Command(
        line=task["commandLine"],
        place=node.directory.task(job.id, task["id"]),
        environment=node.task_environment(job.id, task["id"], settings, preparation),
        resource_files=task.get("resourceFiles", []),
        time_limit=seconds_of(time_limit),
    )
