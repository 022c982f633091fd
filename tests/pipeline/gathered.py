"""What the cloud says of a job, for a report, without a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchff.model.files import BlobInfo
from batchff.model.items import Item, ItemTask, Output
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus, TaskRun, TaskStatus
from batchff.pipeline.report.gather import Gathered, RunOfJob

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def job_of(
    name: str = "job", *, ended: float | None = 100, facts: JobFacts | None = None
) -> JobStatus:
    facts = facts or JobFacts(
        preset="mp3", input_set="set", output_container="out", vm_size="big", slots=2
    )
    return JobStatus(
        id=name,
        state="active" if ended is None else "completed",
        pool_id="pool",
        metadata={"batchff": "0.1.0"},
        created=NOON,
        termination_reason="" if ended is None else "AllTasksComplete",
        ended=None if ended is None else at(ended),
        batchff=facts,
    )


def item_of(name: str, size: int = 100, *, folder: bool = False) -> Item:
    """A file with one task, whose id is its name, and one output."""
    return Item(
        f"{name}.mov",
        size,
        f"set/{name}.mov",
        outputs=(Output(f"{name}.mp3", f"job/media/{name}.mp3", folder),),
        tasks=(ItemTask(name, (0,)),),
    )


def run_of(
    task: str,
    start: float | None,
    end: float | None,
    *,
    node: str = "n_d",
    code: int = 0,
    state: str = "",
    earlier: int = 0,
    job: JobStatus | None = None,
    file: str = "",
) -> RunOfJob:
    """A task's run; it's completed where it has an end, with this exit code."""
    over = end is not None
    status = TaskStatus(
        id=task,
        name=file or f"{task}.mov",
        state=state or ("completed" if over else "running" if start is not None else "active"),
        succeeded=(code == 0) if over else None,
        changed=NOON,
        exit_code=code if over else None,
    )
    began = None if start is None else at(start)
    where = node if start is not None else ""
    ended = None if end is None else at(end)
    return RunOfJob(job or job_of(), TaskRun(status, where, began, ended, earlier, 1))


def blob(name: str, size: int, modified: float = 50) -> BlobInfo:
    return BlobInfo(name, size, at(modified))


def gathered(*runs: RunOfJob, job: JobStatus | None = None, **others: object) -> Gathered:
    """A job with a file for each run; those that succeeded made an output of half its size."""
    job = job or job_of()
    by_task: Mapping[str, RunOfJob] = {each.run.status.id: each for each in runs}
    made = [task for task, each in by_task.items() if each.run.status.succeeded]
    outputs = [blob(f"job/media/{task}.mp3", 50) for task in made]
    known = Gathered(
        now=at(500),
        family=(job,),
        items=tuple(item_of(task) for task in by_task),
        every=runs,
        blobs={each.name: each for each in outputs},
        container="out",
    )
    return replace(known, **others)  # type: ignore[arg-type]
