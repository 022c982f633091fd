"""The result of `batchff cleanup`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class FoundPool:
    """A pool to remove; `hourly` is what its nodes cost an hour, None where a price is missing."""

    what: str = field(default="pool", init=False)
    name: str
    blobs: int = field(default=0, init=False)
    state: str
    vm_size: str
    nodes: int
    spot_nodes: int
    target_nodes: int
    hourly: float | None


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job to remove."""

    what: str = field(default="job", init=False)
    name: str
    blobs: int = field(default=0, init=False)
    state: str


@dataclass(frozen=True, slots=True)
class FoundBlobs:
    """Blobs to remove: those of a container below one name. Others are `needed` by other jobs."""

    what: str = field(default="blobs", init=False)
    name: str
    blobs: int
    bytes: int
    needed: int


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """An empty container to remove."""

    what: str = field(default="container", init=False)
    name: str
    blobs: int = field(default=0, init=False)


Found = FoundPool | FoundJob | FoundBlobs | FoundContainer


@dataclass(frozen=True, slots=True)
class Cleanup(Result):
    """What a cleanup found, all of it in figures, and whether it was to be removed."""

    command: ClassVar[str] = "cleanup"
    found: tuple[Found, ...]
    nodes: int
    blobs: int
    bytes: int
    hourly: float | None
    currency: str
    missing_prices: tuple[str, ...]
    removed: bool
