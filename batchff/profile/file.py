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
    """Return where the profile file is, whether it stands there or not."""
    return platformdirs.user_config_path("batchff") / "profiles.toml"


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """The file's content: named profiles, and the name of the one used by default."""

    profiles: Mapping[str, Mapping[str, Value]]
    default: str | None = None

    @classmethod
    def read(cls, file: Path) -> ProfileFile:
        """Read the file; one that isn't there is empty.

        Raises ProfileError where it can't be read, isn't TOML, or holds what no profile has.
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


def _load(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"{file} isn't valid TOML: {error}", hint="correct it, or move it away and start anew"
        ) from error
    except OSError as error:
        raise ProfileError(f"can't read {file}: {error.strerror}") from error


def _read_profile(file: Path, name: str, table: object) -> dict[str, Value]:
    if not isinstance(table, dict):
        raise ProfileError(f"in {file}, profile {name!r} must be a table")
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": inner_value for inner, inner_value in value.items()}
        else:
            flat[key] = value
    where = f"{file}, profile {name}"
    return {key: checked_value(find_key(key, where), value, where) for key, value in flat.items()}
