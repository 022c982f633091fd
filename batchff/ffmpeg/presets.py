"""Presets: named sets of ffmpeg arguments, kept as TOML files in `presets/`.

A preset's arguments go between `ffmpeg` and the output's name. An argument `{input}` is replaced by
the input file, so that options can go before it; where there is none, `-i {input}` comes first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from batchff.errors import UsageError

CUSTOM_PRESET = "custom"

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class Preset:
    """What ffmpeg is asked to do with each file, and the suffix of what it makes of it."""

    name: str
    description: str
    suffix: str
    arguments: tuple[str, ...]


def list_presets() -> list[Preset]:
    """Return the presets that come with batchff, by name."""
    folder = resources.files(__package__) / "presets"
    files = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return sorted(
        (_read(file.name.removesuffix(".toml"), file.read_text("utf-8")) for file in files),
        key=lambda preset: preset.name,
    )


def load_preset(name: str) -> Preset:
    """Return the preset of that name; raise UsageError where there is none."""
    presets = {preset.name: preset for preset in list_presets()}
    if name not in presets:
        raise UsageError(
            f"there is no preset called '{name}'", hint=f"the presets are: {', '.join(presets)}"
        )
    return presets[name]


def custom_preset(arguments: Iterable[str], suffix: str) -> Preset:
    """Make a preset of arguments that the user wrote; raise UsageError for what can't be sent."""
    return _checked(
        Preset(CUSTOM_PRESET, "Arguments of the command line", suffix, tuple(arguments))
    )


def _read(name: str, text: str) -> Preset:
    data = tomllib.loads(text)
    return _checked(Preset(name, data["description"], data["suffix"], tuple(data["arguments"])))


def _checked(preset: Preset) -> Preset:
    """Return the preset, if a file of one argument a line can carry it."""
    if not preset.suffix:
        raise UsageError(
            "the outputs need a suffix", hint="say what ffmpeg is to make, as in --suffix .mp3"
        )
    if not _SUFFIX.fullmatch(preset.suffix):
        raise UsageError(
            f"'{preset.suffix}' can't be the outputs' suffix",
            hint="a suffix is a dot and up to 16 letters or digits, as in .mp3",
        )
    for argument in preset.arguments:
        if "\n" in argument or "\0" in argument:
            raise UsageError(f"the argument {argument!r} holds a line break or a zero byte")
        try:
            argument.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise UsageError(f"the argument {argument!r} isn't valid text") from None
    return preset
