"""The result of `batchff download`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Download(Result):
    """The outputs in the folder; `unfinished` counts the job's tasks that haven't ended.

    `files` counts outputs: a folder of many files is one. Of so many files the source is `kept`.
    """

    command: ClassVar[str] = "download"
    job: str
    folder: str
    files: int
    unchanged: int
    bytes: int
    kept: int
    unfinished: int
