"""Presets by their names: those that come with batchff, and the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from batchff.errors import UsageError
from batchff.ffmpeg.preset_files import SUFFIX, bundled_files, own_files, preset_names
from batchff.ffmpeg.presets.check import check_preset
from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.model import Preset
from batchff.ffmpeg.presets.read import read_preset
from batchff.ffmpeg.presets.source import Source

_LARGEST = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Found:
    """A preset, the file of one's own that it's from, and what the user should know of it.

    `lacking` are errors that hold for the bundled ffmpeg, and perhaps not for another.
    """

    preset: Preset
    file: Path | None = None
    notice: str = ""
    lacking: tuple[PresetError, ...] = ()


@cache
def our_presets() -> dict[str, Preset]:
    """Return the presets that come with batchff, by name."""
    sources = {
        name: Source(file.name, file.read_text("utf-8")) for name, file in bundled_files().items()
    }
    whole = {
        name: read_preset(name, source, {})
        for name, source in sources.items()
        if "based_on" not in source.document
    }
    based = {
        name: read_preset(name, source, whole)
        for name, source in sources.items()
        if name not in whole
    }
    return dict(sorted({**whole, **based}.items()))


def find_preset(name: str) -> Found:
    """Return the preset of that name, or of that path: a path has a slash or ends with .toml.

    A preset of the user's own comes before one of ours. Raises UsageError where there is none, and
    PresetError where the user's own has a mistake.
    """
    if "/" in name or name.endswith(SUFFIX):
        return _own(Path(name).expanduser())
    ours, own = our_presets(), own_files()
    if name in own:
        notice = ""
        if name in ours:
            notice = f"preset {name} is your own, in place of batchff's: {own[name]}"
        return _own(own[name], notice)
    if name not in ours:
        raise UsageError(
            f"there is no preset called '{name}'",
            hint=f"the presets are: {', '.join(preset_names())}",
        )
    return Found(ours[name])


def list_found() -> Iterator[Found | PresetError]:
    """Yield all presets by name; a file of the user's own that has a mistake is its error."""
    for name in preset_names():
        try:
            yield find_preset(name)
        except PresetError as error:
            yield error


def _own(file: Path, notice: str = "") -> Found:
    lacking: list[PresetError] = []
    return Found(read_file(file, lacking), file, notice, tuple(lacking))


def read_file(file: Path, lacking: list[PresetError] | None = None) -> Preset:
    """Return the preset in a file of the user's own; raise PresetError for any mistake in it.

    What the bundled ffmpeg lacks is a mistake, too, unless `lacking` takes that.
    """
    name = file.name.removesuffix(SUFFIX)
    if not _NAME.fullmatch(name):
        raise PresetError(
            "that can't be a preset's name",
            file=str(file),
            hint="call it up to 40 letters, digits, dashes and underscores, and .toml",
        )
    preset = read_preset(name, Source(str(file), _text(file)), our_presets(), is_own=True)
    check_preset(preset, lacking)
    return preset


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            text = stream.read(_LARGEST + 1)
    except UnicodeDecodeError:
        raise PresetError(
            "isn't written in UTF-8", file=str(file), hint="save it in UTF-8"
        ) from None
    except OSError as error:
        raise PresetError(f"can't be read: {error.strerror}", file=str(file)) from error
    if len(text) > _LARGEST:
        raise PresetError("is larger than 1 MiB", file=str(file))
    return text.replace("\r\n", "\n")
