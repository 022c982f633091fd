"""What a download tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class DownloadStarted(Event):
    """Outputs are about to come home; `bytes` is None where they are still to be made."""

    kind: ClassVar[str] = "download.started"
    files: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class BytesDownloaded(Event):
    """More bytes have come home; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "download.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileDownloaded(Event):
    """An output is at home and checked; `skipped` when it was there, unchanged, before."""

    kind: ClassVar[str] = "download.file"
    file: str
    path: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class DownloadEnded(Event):
    """All outputs that could be brought are at home; of them, `unchanged` were there before."""

    kind: ClassVar[str] = "download.ended"
    files: int
    unchanged: int
