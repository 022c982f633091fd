"""The result of `batchff inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.model.estimates import Estimate
from batchff.model.film_chunks import Chunks
from batchff.model.inspection import Inspection
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Becoming:
    """What a preset makes of a file; where nothing can be made of it, `refused` says why.

    `choices` say what is chosen where there is a choice, `lacks` what the outputs lack of the file,
    and `runs` are ffmpeg's arguments.
    """

    preset: str
    refused: str
    choices: tuple[str, ...]
    lacks: tuple[str, ...]
    runs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file, and what is in it; one that can't be used has a reason in place of an inspection.

    `becomes` has what each preset that was asked for makes of it, `chunks` where its film would be
    cut, if that was asked.
    """

    file: str
    size: int
    reason: str | None
    inspection: Inspection | None
    becomes: tuple[Becoming, ...] = ()
    chunks: Chunks | None = None


@dataclass(frozen=True, slots=True)
class Inspect(Result):
    """What is in each file; `problems` counts those with which something is wrong.

    So it does those of which a preset that was asked for makes nothing. With an `estimate`, pieces
    were encoded to tell what all files are likely to come to.
    """

    command: ClassVar[str] = "inspect"
    files: tuple[InspectedFile, ...]
    problems: int
    left_out: dict[str, int]
    estimate: Estimate | None = None
