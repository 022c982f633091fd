"""The results of `batchff preset`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.model.recipes import RecipeOutput, Run
from batchff.results import INLINE, Result


@dataclass(frozen=True, slots=True)
class PresetParameter:
    """What `--set NAME=VALUE` changes; a duration is in seconds."""

    name: str
    kind: str
    default: str | int | float
    help: str
    least: float | None
    most: float | None
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetSummary:
    """A preset; `file` is None for one that comes with batchff."""

    name: str
    description: str
    plays: str
    file: str | None
    parameters: tuple[PresetParameter, ...]


@dataclass(frozen=True, slots=True)
class Makes:
    """What a preset makes with the values that its parameters were given."""

    outputs: tuple[RecipeOutput, ...]
    runs: tuple[Run, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetList(Result):
    """All presets, the user's own among them."""

    command: ClassVar[str] = "preset list"
    presets: tuple[PresetSummary, ...]


@dataclass(frozen=True, slots=True)
class PresetShow(Result):
    """One preset; `toml` is its file."""

    command: ClassVar[str] = "preset show"
    preset: PresetSummary = field(metadata=INLINE)
    makes: Makes = field(metadata=INLINE)
    toml: str


@dataclass(frozen=True, slots=True)
class PresetCheck(Result):
    """A file of the user's own that is right; `tried` says whether it made what it says."""

    command: ClassVar[str] = "preset check"
    file: str
    name: str
    tried: bool
    makes: Makes = field(metadata=INLINE)


@dataclass(frozen=True, slots=True)
class PresetPath(Result):
    """The folder of the user's own presets."""

    command: ClassVar[str] = "preset path"
    path: str
