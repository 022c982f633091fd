"""The profile file as it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from batchff.errors import ProfileError
from batchff.profile.keys import Value, checked_value, find_key


def profile_file() -> Path:
    """Return where the profile file is, whether it exists or not.

    Raises ProfileError for a user without a home.
    """
    try:
        return platformdirs.user_config_path("batchff") / "profiles.toml"
    except RuntimeError as error:
        raise ProfileError(
            "you have no home folder, so nowhere to keep profiles",
            hint="set HOME, or XDG_CONFIG_HOME",
        ) from error


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """The file's content: named profiles, and the name of the one used by default.

    Settings are as they were written; `checked_settings` says whether a profile can have them.
    """

    profiles: Mapping[str, Mapping[str, object]]
    default: str | None = None

    @classmethod
    def read(cls, file: Path) -> ProfileFile:
        """Read the file; one that isn't there is empty.

        Raises ProfileError where it can't be read, isn't TOML, or holds what is no profile.
        """
        document = _load(file)
        default = document.get("default")
        if default is not None and not isinstance(default, str):
            raise ProfileError(f"in {file}, 'default' must be the name of a profile")
        tables = document.get("profiles", {})
        if not isinstance(tables, dict):
            raise ProfileError(f"in {file}, 'profiles' must be a table")
        for name in document.keys() - {"default", "profiles"}:
            raise ProfileError(
                f"in {file}, {name!r} means nothing", hint="a profile is [profiles.NAME]"
            )
        return cls(
            {name: _read_profile(file, name, table) for name, table in tables.items()}, default
        )


def checked_settings(name: str, written: Mapping[str, object], file: Path) -> dict[str, Value]:
    """Return the settings of a profile; raise ProfileError for one that no profile can have."""
    where = f"{file}, profile {name}"
    settings = {}
    for key, value in written.items():
        try:
            settings[key] = checked_value(find_key(key, where), value, where)
        except ProfileError as error:
            hint = error.hint or f"correct it: batchff profile set {name} {key}=VALUE"
            raise ProfileError(error.message, hint=hint) from None
    return settings


def read_text(file: Path) -> str:
    """Return the file's text, empty if there is no file.

    Raises ProfileError where it can't be read.
    """
    try:
        return file.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ProfileError(
            f"{file} isn't written in UTF-8",
            hint="save it in UTF-8, or move it away and start anew",
        ) from error
    except OSError as error:
        raise ProfileError(
            f"can't read {file}: {error.strerror}", hint=f"see what is there: ls -ld {file}"
        ) from error


def _load(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(
            f"{file} isn't valid TOML: {error}", hint="correct it, or move it away and start anew"
        ) from error


def _read_profile(file: Path, name: str, table: object) -> dict[str, object]:
    if not isinstance(table, dict):
        raise ProfileError(f"in {file}, profile {name!r} must be a table")
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": inner_value for inner, inner_value in value.items()}
        else:
            flat[key] = value
    return flat
