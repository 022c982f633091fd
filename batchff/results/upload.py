"""The result of `batchff upload`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Upload(Result):
    """The files of an input set, sent now or before, and their size."""

    command: ClassVar[str] = "upload"
    input_set: str
    container: str
    files: int
    bytes: int
