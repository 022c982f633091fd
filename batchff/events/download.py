"""Events of a download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class DownloadStarted(Event):
    """The download of so many outputs starts; `bytes` is None while they are still being made.

    `files` counts outputs: a folder of many files is one.
    """

    kind: ClassVar[str] = "download.started"
    files: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class BytesDownloaded(Event):
    """More bytes were downloaded; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "download.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileDownloaded(Event):
    """An output is downloaded and checked; `skipped` when it existed here unchanged before."""

    kind: ClassVar[str] = "download.file"
    file: str
    path: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class DownloadEnded(Event):
    """All outputs that could be downloaded exist here; `unchanged` counts those that did before.

    `files` counts outputs: a folder of many files is one. Of so many files the source is `kept`,
    so that there is no output.
    """

    kind: ClassVar[str] = "download.ended"
    files: int
    unchanged: int
    kept: int = 0
