"""The files of presets: those that come with batchff, and the user's own. It reads none of them.

It's apart from the package `presets`, which takes a while to load: a Tab needs the names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import platformdirs

from batchff.errors import UsageError

SUFFIX = ".toml"
BUNDLED = Path(__file__).with_name("presets") / "data"


def own_folder() -> Path:
    """Return where the user's own presets are, whether it exists or not.

    Raises UsageError for a user without a home.
    """
    try:
        return platformdirs.user_config_path("batchff") / "presets"
    except RuntimeError as error:
        raise UsageError(
            "you have no home folder, so nowhere to keep presets",
            hint="set HOME, or XDG_CONFIG_HOME",
        ) from error


def own_files() -> Mapping[str, Path]:
    """Return the files of the user's own presets by name; raise UsageError if it can't be read."""
    try:
        files = sorted(own_folder().glob("*" + SUFFIX))
    except OSError as error:
        raise UsageError(f"can't read {own_folder()}: {error.strerror}") from error
    return {file.name.removesuffix(SUFFIX): file for file in files}


def bundled_files() -> Mapping[str, Path]:
    """Return the files of the presets that come with batchff, by name."""
    return {file.stem: file for file in sorted(BUNDLED.glob("*" + SUFFIX))}


def preset_names() -> list[str]:
    """Return the names of all presets."""
    return sorted({*bundled_files(), *own_files()})
