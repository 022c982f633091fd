"""The results of `batchff preset`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.results import INLINE, Result


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset: what it asks of ffmpeg, and the suffix of its outputs."""

    name: str
    description: str
    suffix: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetList(Result):
    """All presets."""

    command: ClassVar[str] = "preset list"
    presets: tuple[Preset, ...]


@dataclass(frozen=True, slots=True)
class PresetShow(Result):
    """One preset."""

    command: ClassVar[str] = "preset show"
    preset: Preset = field(metadata=INLINE)
