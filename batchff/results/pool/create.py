"""The result of `batchff pool create`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class PoolCreate(Result):
    """The pool; `created` says whether this command made it."""

    command: ClassVar[str] = "pool create"
    pool: str
    created: bool
