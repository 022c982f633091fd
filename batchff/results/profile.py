"""The results of `batchff profile`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class ProfileList(Result):
    """The names of all profiles, and the one that is used where none is named."""

    command: ClassVar[str] = "profile list"
    profiles: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, and what gave it; a secret's value is hidden."""

    key: str
    value: str | int | float
    origin: str


@dataclass(frozen=True, slots=True)
class ProfileShow(Result):
    """A profile's settings; `emulator` names the services that are the emulator's."""

    command: ClassVar[str] = "profile show"
    profile: str
    settings: tuple[Setting, ...]
    emulator: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileSet(Result):
    """The settings that were stored; `default` says whether the profile became the default."""

    command: ClassVar[str] = "profile set"
    profile: str
    created: bool
    default: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileUnset(Result):
    """The settings that were removed."""

    command: ClassVar[str] = "profile unset"
    profile: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileUse(Result):
    """The default profile."""

    command: ClassVar[str] = "profile use"
    default: str


@dataclass(frozen=True, slots=True)
class ProfileRemove(Result):
    """The profile that was removed."""

    command: ClassVar[str] = "profile remove"
    profile: str


@dataclass(frozen=True, slots=True)
class ProfilePath(Result):
    """Where the profile file is."""

    command: ClassVar[str] = "profile path"
    path: str
