"""The result of `batchff job submit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class JobSubmit(Result):
    """The job: how many files it encodes, in how many tasks, to how many outputs and where.

    Files that earlier jobs encoded are `done_before`; where that is all of them, no job is made.
    `done_by` are those jobs, as far as this call had to look for them.
    """

    command: ClassVar[str] = "job submit"
    job: str
    pool: str
    files: int
    tasks: int
    outputs: int
    outputs_at: str
    done_before: int
    done_by: tuple[str, ...]
