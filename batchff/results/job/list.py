"""The result of `batchff job list`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from batchff.model.jobs import TaskCounts
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job; `tasks` and `tasks_to_add` are None where the job has gone while it was listed.

    `tasks_to_add` is how many tasks the job is still to get. `asked_for` is what it makes: presets
    with the parameters that were set, or ffmpeg's arguments, in short.
    Of files that are `not_encoded` nothing was sent, or not all was made.
    """

    job: str
    state: str
    pool: str
    made: datetime
    batchff: bool
    files: int
    tasks: TaskCounts | None
    tasks_to_add: int | None
    preset: str = ""
    asked_for: str = ""
    not_encoded: int = 0


@dataclass(frozen=True, slots=True)
class JobList(Result):
    """Jobs, the newest first; `older` counts those that aren't listed."""

    command: ClassVar[str] = "job list"
    jobs: tuple[ListedJob, ...]
    older: int = 0
