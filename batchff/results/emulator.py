"""The results of `batchff emulator`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class EmulatorStart(Result):
    """Where the emulator answers; `started` says whether it was this command that started it."""

    command: ClassVar[str] = "emulator start"
    started: bool
    batch_endpoint: str
    blob_endpoint: str
    root: str
    simulation: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class EmulatorStop(Result):
    """Whether an emulator ran, and was stopped."""

    command: ClassVar[str] = "emulator stop"
    stopped: bool


@dataclass(frozen=True, slots=True)
class EmulatorStatus(Result):
    """Whether an emulator runs on a folder, and where it answers."""

    command: ClassVar[str] = "emulator status"
    running: bool
    pid: int | None
    batch_endpoint: str | None
    blob_endpoint: str | None
    root: str
    simulation: Mapping[str, object] | None
    without_effect: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmulatorEnv(Result):
    """The environment variables that Azure programs read."""

    command: ClassVar[str] = "emulator env"
    reveals_secrets: ClassVar[bool] = True
    AZURE_BATCH_ACCOUNT: str
    AZURE_BATCH_ACCESS_KEY: str
    AZURE_BATCH_ENDPOINT: str
    AZURE_STORAGE_ACCOUNT: str
    AZURE_STORAGE_KEY: str
    AZURE_STORAGE_BLOB_ENDPOINT: str
    AZURE_STORAGE_CONNECTION_STRING: str
    AZURITE_CONNECTION_STRING: str


@dataclass(frozen=True, slots=True)
class EmulatorToken(Result):
    """A token of Entra ID, what it's for, and when it ends."""

    command: ClassVar[str] = "emulator token"
    reveals_secrets: ClassVar[bool] = True
    token: str
    resource: str
    expires: str


@dataclass(frozen=True, slots=True)
class EmulatorPreempt(Result):
    """The node that is preempted, and the seconds that it's unusable and away."""

    command: ClassVar[str] = "emulator preempt"
    node: str
    return_after: float
    unusable_first: float


@dataclass(frozen=True, slots=True)
class EmulatorReset(Result):
    """Whether all that the emulator kept was removed."""

    command: ClassVar[str] = "emulator reset"
    reset: bool
