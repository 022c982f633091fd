"""Where the files of jobs and tasks are, below a node's root.

workitems/<job>/job-1/<task>/          a task
workitems/<schedule>/job-N/<task>/     a task of the job `<schedule>:job-N`

Source: "Files and directories in Azure Batch".
"""

from __future__ import annotations

_WORK_ITEMS = "workitems"


def task_directory(job_id: str, task_id: str) -> str:
    """Give a task's directory."""
    work_item, _, name = job_id.partition(":")
    return f"{_WORK_ITEMS}/{work_item}/{name or 'job-1'}/{task_id}"


def directory_of(owner_id: str) -> str:
    """Give the directory of all that is of a job, or of all jobs of a schedule."""
    return f"{_WORK_ITEMS}/{owner_id.replace(':', '/')}"
