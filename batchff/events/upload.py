"""What an upload tells, and the plan before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The files to encode are known; `left_out` counts the others by reason."""

    kind: ClassVar[str] = "planned"
    files: int
    bytes: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class UploadStarted(Event):
    """Files are about to be sent."""

    kind: ClassVar[str] = "upload.started"
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class BytesUploaded(Event):
    """More bytes of a file have left; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "upload.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileUploaded(Event):
    """A file stands as a blob; `skipped` when it stood there unchanged before."""

    kind: ClassVar[str] = "upload.file"
    file: str
    blob: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class UploadEnded(Event):
    """All files that could be sent stand as blobs; of them, `unchanged` stood there before."""

    kind: ClassVar[str] = "upload.ended"
    files: int
    unchanged: int
