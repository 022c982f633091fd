"""The result of `batchff init`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.results import WHERE_SET, Result


@dataclass(frozen=True, slots=True)
class Init(Result):
    """The profile to use: `keys` are the settings that were written, None for the emulator."""

    command: ClassVar[str] = "init"
    profile: str
    created: bool
    default: bool
    keys: tuple[str, ...] | None = field(default=None, metadata=WHERE_SET)
