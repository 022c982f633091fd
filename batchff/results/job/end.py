"""The results of `batchff job stop` and `job delete`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class JobStop(Result):
    """Whether it was this command that ended the job."""

    command: ClassVar[str] = "job stop"
    job: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class JobDelete(Result):
    """Whether it was this command that deleted the job."""

    command: ClassVar[str] = "job delete"
    job: str
    deleted: bool
