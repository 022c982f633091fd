"""The result of `batchff job list`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from batchff.model.jobs import TaskCounts
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job; `tasks` and `tasks_to_add` are None where they weren't counted.

    `tasks_to_add` is how many tasks the job is still to get.
    """

    job: str
    state: str
    pool: str
    made: datetime
    batchff: bool
    files: int
    tasks: TaskCounts | None
    tasks_to_add: int | None


@dataclass(frozen=True, slots=True)
class JobList(Result):
    """Jobs, the newest first."""

    command: ClassVar[str] = "job list"
    jobs: tuple[ListedJob, ...]
