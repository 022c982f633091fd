"""What other jobs need of the outputs that a cleanup would remove: their plans name it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.items import Item, Output
from batchff.model.jobs import JobStatus
from batchff.model.states import JobState
from batchff.pipeline.fingerprints import read_verdict
from batchff.pipeline.job.plan_blob import fetch_plan, plan_blob
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.outputs import JobOutputs


@dataclass(frozen=True, slots=True)
class Needed:
    """Blobs that stay: outputs that other jobs have too, and the blobs that describe them.

    Their verdicts stay, those of the `tasks` of jobs, and the plans of the `folders` that they are
    in. All verdicts of the jobs in `going_on` stay.
    """

    outputs: JobOutputs = field(default_factory=lambda: JobOutputs("", ()), repr=False)
    tasks: frozenset[tuple[str, str]] = frozenset()
    folders: frozenset[str] = frozenset()
    going_on: frozenset[str] = frozenset()

    def has(self, blob: str) -> bool:
        """Return whether a blob of this name stays."""
        verdict = read_verdict(blob)
        if verdict is not None:
            return verdict.job in self.going_on or (verdict.job, verdict.task) in self.tasks
        folder = blob.partition("/")[0]
        if folder not in self.folders:
            return False
        return blob == plan_blob(folder) or self.outputs.names_blob(blob)


def find_needed(
    jobs: Iterable[JobStatus], going_on: Iterable[JobStatus], storage: Storage
) -> Needed:
    """Return which outputs of earlier jobs these jobs need; of those going on, all verdicts."""
    outputs: dict[str, Output] = {}
    folders: defaultdict[str, str] = defaultdict(str)
    for job in jobs:
        facts = job.batchff
        if facts is None or not facts.done_outputs or job.state == JobState.DELETING:
            continue
        for item in _plan(job.id, facts.output_container, storage):
            for output in item.done_before:
                outputs[output.blob] = output
                folders[output.blob.partition("/")[0]] = facts.output_container
    tasks = {
        (folder, task.id)
        for folder, container in folders.items()
        for item in _plan(folder, container, storage)
        for task in item.tasks
        if any(output.blob in outputs for output in item.made_by(task))
    }
    return Needed(
        JobOutputs("", outputs.values()),
        frozenset(tasks),
        frozenset(folders),
        frozenset(first_job_of(job) for job in going_on),
    )


def left_to(
    jobs: Iterable[JobStatus], others: Iterable[JobStatus], storage: Storage
) -> set[tuple[str, str]]:
    """Return the containers and folders of the earlier jobs that made outputs of these ones.

    Those of jobs that still exist, among the `others`, aren't among them.
    """
    existing = {first_job_of(job) for job in others}
    return {
        (facts.output_container, folder)
        for job in jobs
        if (facts := job.batchff) is not None and facts.done_outputs
        for item in _plan(job.id, facts.output_container, storage)
        for output in item.done_before
        if (folder := output.blob.partition("/")[0]) not in existing
    }


def _plan(job: str, container: str, storage: Storage) -> tuple[Item, ...]:
    try:
        return fetch_plan(job, container, storage)
    except NotFoundError:
        return ()  # nobody can download by it any more
