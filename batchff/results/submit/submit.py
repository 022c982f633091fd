"""The results of a submit: as it ended, detached, or not confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.model.jobs import JobOutcome
from batchff.results import INLINE, Result


@dataclass(frozen=True, slots=True)
class Submit(Result):
    """How the job ended, and how many outputs were downloaded to the folder.

    `outputs_at` is the address of the outputs in storage. Media that was there already has its
    address in `source`, without a SAS, and no input set. Where outputs stay, there's no folder.
    Outputs that earlier jobs made are at `earlier_outputs_at`. Where nothing was left to make,
    there is neither a job nor a pool. `report` is the file that has the report that was asked for.
    """

    command: ClassVar[str] = "submit"
    job: str
    pool: str
    input_set: str
    folder: str
    downloaded: int
    outcome: JobOutcome = field(metadata=INLINE)
    source: str
    outputs_at: str
    earlier_outputs_at: tuple[str, ...]
    report: str = ""


@dataclass(frozen=True, slots=True)
class DetachedSubmit(Result):
    """A job that runs, and that nobody watches."""

    command: ClassVar[str] = "submit"
    job: str
    pool: str
    input_set: str
    source: str
    outputs_at: str


@dataclass(frozen=True, slots=True)
class RefusedSubmit(Result):
    """What would have been submitted, had the user confirmed what it could cost."""

    command: ClassVar[str] = "submit"
    job: str
    pool: str
    input_set: str
    submitted: bool = field(default=False, init=False)
