"""Events of an upload, and of the plan before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The files to encode are known; `left_out` counts the others, by reason."""

    kind: ClassVar[str] = "planned"
    files: int
    bytes: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class UploadStarted(Event):
    """The upload starts."""

    kind: ClassVar[str] = "upload.started"
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class BytesUploaded(Event):
    """More bytes were sent; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "upload.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileUploaded(Event):
    """A file exists as a blob; `skipped` when it existed there unchanged before."""

    kind: ClassVar[str] = "upload.file"
    file: str
    blob: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class UploadEnded(Event):
    """All files that could be sent exist as blobs; `unchanged` counts those that did before."""

    kind: ClassVar[str] = "upload.ended"
    files: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class FilesCarried(Event):
    """Files that aren't encoded are where the outputs will be."""

    kind: ClassVar[str] = "upload.carried"
    files: int
