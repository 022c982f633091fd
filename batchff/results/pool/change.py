"""The results of `batchff pool resize` and `pool delete`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class PoolResize(Result):
    """How many dedicated and Spot nodes the pool is to have."""

    command: ClassVar[str] = "pool resize"
    pool: str
    nodes: int
    spot: int


@dataclass(frozen=True, slots=True)
class PoolDelete(Result):
    """Whether it was this command that deleted the pool, and the jobs that wait for its nodes."""

    command: ClassVar[str] = "pool delete"
    pool: str
    deleted: bool
    jobs: tuple[str, ...]
