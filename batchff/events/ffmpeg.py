"""Events of the nodes' ffmpeg on its way to storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class FfmpegFetching(Event):
    """This machine has no ffmpeg for nodes: it's fetched from a package index, once."""

    kind: ClassVar[str] = "ffmpeg.fetching"
    version: str
    index: str
    bytes: int


@dataclass(frozen=True, slots=True)
class FfmpegSending(Event):
    """The storage account has no such ffmpeg for nodes yet: it's compressed and sent, once."""

    kind: ClassVar[str] = "ffmpeg.sending"
    version: str
    container: str


@dataclass(frozen=True, slots=True)
class FfmpegBytes(Event):
    """More bytes of it were fetched or sent; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "ffmpeg.bytes"
    bytes: int
    total: int


@dataclass(frozen=True, slots=True)
class FfmpegSent(Event):
    """The storage account has the ffmpeg for nodes from now on."""

    kind: ClassVar[str] = "ffmpeg.sent"
    version: str
    container: str
    blob: str
    bytes: int
