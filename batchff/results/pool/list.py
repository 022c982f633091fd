"""The results of `batchff pool list` and `pool images`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class ListedPool:
    """A pool; `nodes` and `target_nodes` count dedicated ones."""

    pool: str
    state: str
    allocation_state: str
    nodes: int
    target_nodes: int
    spot: int
    target_spot: int
    vm_size: str
    made: datetime | None
    batchff: bool


@dataclass(frozen=True, slots=True)
class PoolList(Result):
    """Pools, the newest first."""

    command: ClassVar[str] = "pool list"
    pools: tuple[ListedPool, ...]


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image, its node agent, and whether it's the one that `auto` means."""

    image: str
    agent: str
    verified: bool
    end_of_life: datetime | None
    capabilities: tuple[str, ...]
    auto: bool


@dataclass(frozen=True, slots=True)
class PoolImages(Result):
    """Images, the newest first."""

    command: ClassVar[str] = "pool images"
    images: tuple[ListedImage, ...]
