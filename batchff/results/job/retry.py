"""The result of `batchff job retry`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class JobRetry(Result):
    """The files to encode again: `reactivated` tasks run in their own job, `moved` in a new one.

    `jobs` are those to watch.
    """

    command: ClassVar[str] = "job retry"
    job: str
    files: tuple[str, ...]
    reactivated: int
    moved: int
    jobs: tuple[str, ...]
