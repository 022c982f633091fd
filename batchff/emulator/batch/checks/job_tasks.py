"""Which tasks of its own a job may have: its preparation, release and manager tasks."""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.model import Document


def check_job_tasks(job: Document, place: str = "") -> None:
    """Refuse a job, its defaults filled in, whose own tasks don't go together."""
    preparation, release = job.get("jobPreparationTask"), job.get("jobReleaseTask")
    if release is not None:
        name, release_id = f"{place}jobReleaseTask", release["id"]
        if preparation is None:
            reason = "A job with a job release task must have a job preparation task"
            raise bad_property(name, release_id, reason)
        if preparation["id"].lower() == release_id.lower():
            raise bad_property(f"{name}.id", release_id, "The job preparation task has it")
    if "jobManagerTask" in job:
        check_task_id(job["jobManagerTask"]["id"], job)


def check_task_id(task_id: str, job: Document) -> None:
    """Refuse a task that has the id of its job's preparation or release task."""
    for name, code in (
        ("jobPreparationTask", "TaskIdSameAsJobPreparationTask"),
        ("jobReleaseTask", "TaskIdSameAsJobReleaseTask"),
    ):
        if name in job and job[name]["id"].lower() == task_id.lower():
            raise BatchError(code)
