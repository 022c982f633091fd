"""The profile file, and the settings a command works with.

A setting's value is taken from the first place that has it: a flag, `BATCHFF_<KEY>` in the
environment, the profile in the file, the name that `az` reads in the environment, the default.
A storage account and a connection string both say where storage is: the one from the higher place
counts, and of two from the same place the connection string.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Literal

import platformdirs
import tomlkit

from batchff.errors import ProfileError, UsageError

LOCAL = "local"
"""The built-in profile: the emulator on this machine."""

Service = Literal["batch", "storage"]


@dataclass(frozen=True, slots=True)
class Key:
    """A setting that a profile may hold: its name, default and kind."""

    name: str
    default: str | int | None = None
    secret: bool = False
    service: Service | None = None
    az_name: str | None = None

    @property
    def environment_name(self) -> str:
        return "BATCHFF_" + self.name.replace(".", "_").upper()

    @property
    def is_number(self) -> bool:
        return isinstance(self.default, int)


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("auth"),
        Key("batch_account", service="batch", az_name="AZURE_BATCH_ACCOUNT"),
        Key("batch_endpoint", service="batch", az_name="AZURE_BATCH_ENDPOINT"),
        Key("batch_key", secret=True, service="batch", az_name="AZURE_BATCH_ACCESS_KEY"),
        Key("storage_account", service="storage", az_name="AZURE_STORAGE_ACCOUNT"),
        Key("storage_key", secret=True, service="storage", az_name="AZURE_STORAGE_KEY"),
        Key(
            "storage_connection_string",
            secret=True,
            service="storage",
            az_name="AZURE_STORAGE_CONNECTION_STRING",
        ),
        Key("input_container", default="batchff-input"),
        Key("output_container", default="batchff-output"),
        Key("pool.vm_size", default="Standard_D4s_v5"),
        Key("pool.nodes", default=1),
        Key("pool.spot", default=0),
        Key("pool.slots", default=1),
        Key("pool.image", default="canonical:ubuntu-24_04-lts:server"),
    )
}


class Place(IntEnum):
    """Where a setting can come from, the highest first."""

    FLAG = 1
    ENVIRONMENT = 2
    FILE = 3
    AZ_ENVIRONMENT = 4
    DEFAULT = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place it came from, also in words."""

    value: str | int
    origin: str
    place: Place


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings one command works with, each with its origin."""

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def uses_emulator(self, service: Service) -> bool:
        """Whether nothing but the built-in profile says where this service is."""
        return self.name == LOCAL and not any(
            key.name in self.settings for key in KEYS.values() if key.service == service
        )

    def with_settings(self, values: Mapping[str, str | int], origin: str) -> Profile:
        """Return the profile with these values in place of its own."""
        added = {name: Setting(value, origin, Place.FLAG) for name, value in values.items()}
        return replace(self, settings={**self.settings, **added})

    def text(self, key: str) -> str | None:
        """Return a setting as text, or None where nothing gives it."""
        setting = self.settings.get(key)
        return None if setting is None else str(setting.value)

    def require(self, key: str) -> str:
        """Return a setting as text.

        Raises ProfileError where nothing gives it.
        """
        value = self.text(key)
        if value is None:
            raise ProfileError(
                f"profile {self.name!r} has no {key}",
                hint=f"run: batchff profile set {self.name} {key}"
                f", or set {KEYS[key].environment_name}",
            )
        return value

    def number(self, key: str) -> int:
        """Return a setting whose default is a number."""
        return int(self.settings[key].value)


def profile_file() -> Path:
    """Return where the profile file is, whether it stands there or not."""
    return platformdirs.user_config_path("batchff") / "profiles.toml"


def resolve_profile(
    name: str | None,
    flags: Mapping[str, str | int | None],
    *,
    environ: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Profile:
    """Find the profile and put its settings together, by the order at this module's head.

    `name` is the `--profile` flag. Raises ProfileError for a profile that doesn't exist, a file
    that can't be read, and a value of the wrong kind.
    """
    stored = ProfileFile.read(file or profile_file())
    asked = name or environ.get("BATCHFF_PROFILE") or stored.default
    chosen = asked or LOCAL
    if chosen != LOCAL and chosen not in stored.profiles:
        raise ProfileError(
            f"there is no profile {chosen!r}",
            hint=f"known: {', '.join([LOCAL, *stored.profiles])}; make one with: "
            f"batchff profile set {chosen} KEY=VALUE",
        )
    from_file = stored.profiles.get(chosen, {})
    # Whoever names `local` wants the emulator, whatever `az` would use.
    honour_az_names = asked != LOCAL
    settings: dict[str, Setting] = {}
    for key in KEYS.values():
        setting = _first_setting(key, flags, environ, from_file, honour_az_names)
        if setting is not None:
            settings[key.name] = setting
    account, connection = (
        settings.get(name) for name in ("storage_account", "storage_connection_string")
    )
    if account and connection and account.place < connection.place:
        del settings["storage_connection_string"]
    return Profile(chosen, settings)


def _first_setting(
    key: Key,
    flags: Mapping[str, str | int | None],
    environ: Mapping[str, str],
    from_file: Mapping[str, str | int],
    honour_az_names: bool,
) -> Setting | None:
    flag = flags.get(key.name)
    if flag is not None:
        return Setting(_checked(key, flag, "the flag"), "flag", Place.FLAG)
    if environ.get(key.environment_name):
        origin = f"environment, {key.environment_name}"
        value = _checked(key, environ[key.environment_name], origin)
        return Setting(value, origin, Place.ENVIRONMENT)
    if key.name in from_file:
        return Setting(from_file[key.name], "file", Place.FILE)
    if honour_az_names and key.az_name and environ.get(key.az_name):
        origin = f"environment, {key.az_name}"
        return Setting(environ[key.az_name], origin, Place.AZ_ENVIRONMENT)
    return None if key.default is None else Setting(key.default, "default", Place.DEFAULT)


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """The file's content: named profiles, and the name of the one used by default."""

    profiles: Mapping[str, Mapping[str, str | int]]
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


def _read_profile(file: Path, name: str, table: object) -> dict[str, str | int]:
    if not isinstance(table, dict):
        raise ProfileError(f"in {file}, profile {name!r} must be a table")
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": inner_value for inner, inner_value in value.items()}
        else:
            flat[key] = value
    where = f"{file}, profile {name}"
    return {key: _checked(find_key(key, where), value, where) for key, value in flat.items()}


def find_key(name: str, where: str = "") -> Key:
    """Return the key of that name.

    Raises ProfileError that says where the name stands, with the nearest one as its hint.
    """
    if name not in KEYS:
        near = difflib.get_close_matches(name, KEYS, n=1)
        raise ProfileError(
            f"no profile has a key {name!r}" + (f" ({where})" if where else ""),
            hint=f"did you mean {near[0]}?" if near else f"the keys are: {', '.join(KEYS)}",
        )
    return KEYS[name]


def _checked(key: Key, value: object, where: str) -> str | int:
    if key.is_number:
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if isinstance(value, bool) or number < 0:
            raise ProfileError(f"{key.name} must be a whole number, not {value!r} ({where})")
        return number
    if not isinstance(value, str) or not value:
        raise ProfileError(f"{key.name} must be a text ({where})")
    if key.name == "auth" and value not in ("key", "entra"):
        raise ProfileError(f"auth must be 'key' or 'entra', not {value!r} ({where})")
    return value


def set_keys(file: Path, name: str, values: Mapping[str, str]) -> bool:
    """Store values in a profile, which is made where it doesn't exist; True where it was.

    The file's comments and order stay. The first profile of a file becomes its default.
    """
    if name == LOCAL:
        raise ProfileError(
            "the profile 'local' is built in: the emulator's settings are made when it starts",
            hint="give your profile another name",
        )
    if not name.strip() or not name.isprintable():
        raise UsageError("a profile needs a name")
    stored = ProfileFile.read(file)
    document = _editable(file)
    if not stored.profiles and stored.default is None:
        _put_first(document, "default", name)
    tables = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    created = name not in stored.profiles
    if created:
        tables[name] = {}
    for key_name, value in values.items():
        table, _, inner = key_name.rpartition(".")
        target = tables[name].setdefault(table, {}) if table else tables[name]
        target[inner] = _checked(find_key(key_name), value, "the value given")
    _write(file, document)
    return created


def use_profile(file: Path, name: str) -> None:
    """Make a profile the one that is used where none is named."""
    _require_stored(file, name, also=(LOCAL,))
    document = _editable(file)
    if "default" in document:
        document["default"] = name
    else:
        _put_first(document, "default", name)
    _write(file, document)


def remove_profile(file: Path, name: str) -> None:
    """Remove a profile; where it was the default, the built-in one is the default again."""
    stored = _require_stored(file, name)
    document = _editable(file)
    document["profiles"].remove(name)
    if stored.default == name:
        document.remove("default")
    _write(file, document)


def _require_stored(file: Path, name: str, also: Iterable[str] = ()) -> ProfileFile:
    stored = ProfileFile.read(file)
    if name not in stored.profiles and name not in also:
        known = ", ".join(stored.profiles) or "none"
        raise ProfileError(f"there is no profile {name!r} in {file}", hint=f"it has: {known}")
    return stored


def _editable(file: Path) -> tomlkit.TOMLDocument:
    return tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()


def _put_first(document: tomlkit.TOMLDocument, key: str, value: str) -> None:
    """Add a key above the tables: below them it would belong to the last one."""
    rest = tomlkit.dumps(document)
    document.clear()
    document.update(tomlkit.parse(tomlkit.dumps({key: value}) + "\n" + rest))


def _write(file: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file in one step; at no moment can another user read it."""
    text = tomlkit.dumps(document)
    # tomlkit adds a table among dotted keys at a wrong place, and leaves out an empty [profiles].
    if {"profiles": {}, **tomllib.loads(text)} != {"profiles": {}, **document.unwrap()}:
        raise ProfileError(f"can't change {file} as it is written", hint="correct it in an editor")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        partial.replace(file)
    except OSError as error:
        raise ProfileError(f"can't write {file}: {error.strerror}") from error
