"""The settings one command works with, put together from all the places they can come from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

from batchff.errors import ProfileError, UsageError
from batchff.profile.file import ProfileFile, checked_settings, profile_file
from batchff.profile.keys import (
    KEYS,
    LOCAL,
    Key,
    Service,
    Value,
    checked_value,
    price_keys,
    with_scheme,
)
from batchff.profile.system_keyring import IN_KEYRING, look_for_secret, read_secret


class Place(IntEnum):
    """Where a setting can come from; the first place that has it wins."""

    FLAG = 1
    ENVIRONMENT = 2
    FILE = 3
    KEYRING = 4
    AZ_ENVIRONMENT = 5
    DEFAULT = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place it came from, also in words.

    What is in the keyring is read when it's needed: until then the value only says so.
    """

    value: Value
    origin: str
    place: Place


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings one command works with, each with its origin."""

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    named: bool = False
    """Somebody named it: with the flag, in the environment, or as the file's default."""

    def uses_emulator(self, service: Service) -> bool:
        """Whether nothing but the built-in profile says where this service is."""
        return self.name == LOCAL and not any(
            key.name in self.settings for key in KEYS.values() if key.service == service
        )

    @property
    def has_nodes_here(self) -> bool:
        """Whether the Batch account is an emulator's on this machine, whose nodes are here too."""
        if self.uses_emulator("batch"):
            return True
        from ipaddress import ip_address  # few commands ask
        from urllib.parse import urlsplit

        host = urlsplit(with_scheme(self.text("batch_endpoint") or "")).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False

    def with_settings(self, values: Mapping[str, Value], origin: str) -> Profile:
        """Return the profile with these values in place of its own."""
        added = {name: Setting(value, origin, Place.FLAG) for name, value in values.items()}
        return replace(self, settings={**self.settings, **added})

    def text(self, key: str) -> str | None:
        """Return a setting as text, or None where nothing gives it.

        Raises ProfileError for a secret that can't be read from the keyring.
        """
        setting = self.settings.get(key)
        if setting is None:
            return None
        if setting.place is Place.KEYRING:
            return read_secret(self.name, key)
        return str(setting.value)

    def require(self, key: str) -> str:
        """Return a setting as text; a secret is looked for in the keyring as well.

        Raises ProfileError where nothing gives it.
        """
        value = self.text(key)
        if value is None and KEYS[key].secret and self.name != LOCAL:
            value = look_for_secret(self.name, key)
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


def asked_profile(
    name: str | None, default: str | None, environ: Mapping[str, str] = os.environ
) -> str | None:
    """Return the profile that somebody named: by the flag, the environment, or the file."""
    return name or environ.get("BATCHFF_PROFILE") or default or None


def resolve_profile(
    name: str | None,
    flags: Mapping[str, Value | None],
    *,
    environ: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Profile:
    """Find the profile and put its settings together; `Place` has the order.

    `name` is the `--profile` flag. Raises ProfileError for a profile that doesn't exist, a file
    that can't be read, and a value of the wrong kind; UsageError for such a value of a flag.
    """
    file = file or profile_file()
    stored = ProfileFile.read(file)
    asked = asked_profile(name, stored.default, environ)
    chosen = asked or LOCAL
    if chosen != LOCAL and chosen not in stored.profiles:
        raise ProfileError(
            f"there is no profile {chosen!r}",
            hint=f"known: {', '.join([LOCAL, *stored.profiles])}; make one with: "
            f"batchff profile set {chosen} KEY=VALUE",
        )
    from_file = checked_settings(chosen, stored.profiles.get(chosen, {}), file)
    # Whoever names `local` wants the emulator, whatever `az` would use.
    honour_az_names = asked != LOCAL
    settings: dict[str, Setting] = {}
    for key in (*KEYS.values(), *price_keys(from_file, environ)):
        setting = _first_setting(key, flags, environ, from_file, honour_az_names)
        if setting is not None:
            settings[key.name] = setting
    account, connection = (
        settings.get(name) for name in ("storage_account", "storage_connection_string")
    )
    if account and connection and account.place < connection.place:
        del settings["storage_connection_string"]
    return Profile(chosen, settings, named=asked is not None)


def _first_setting(
    key: Key,
    flags: Mapping[str, Value | None],
    environ: Mapping[str, str],
    from_file: Mapping[str, Value],
    honour_az_names: bool,
) -> Setting | None:
    flag = flags.get(key.name)
    if flag is not None:
        return Setting(_of_flag(key, flag), "flag", Place.FLAG)
    if environ.get(key.environment_name):
        origin = f"environment, {key.environment_name}"
        value = checked_value(key, environ[key.environment_name], origin)
        return Setting(value, origin, Place.ENVIRONMENT)
    if key.secret and from_file.get(key.name) == IN_KEYRING:
        return Setting(IN_KEYRING, "keyring", Place.KEYRING)
    if key.name in from_file:
        return Setting(from_file[key.name], "file", Place.FILE)
    if honour_az_names and key.az_name and environ.get(key.az_name):
        origin = f"environment, {key.az_name}"
        value = checked_value(key, environ[key.az_name], origin)
        return Setting(value, origin, Place.AZ_ENVIRONMENT)
    return None if key.default is None else Setting(key.default, "default", Place.DEFAULT)


def _of_flag(key: Key, value: Value) -> Value:
    """Return an option's value; raise UsageError for one that it can't have."""
    option = f"--{key.name.rpartition('.')[2].replace('_', '-')}"
    try:
        return checked_value(replace(key, name=option), value, "the option")
    except ProfileError as error:
        message = error.message.removesuffix(" (the option)")
        raise UsageError(message, hint=error.hint) from error


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables that are named like settings and are none, with what may be meant."""
    known = {key.environment_name for key in (*KEYS.values(), *price_keys((), environ))}
    known |= {"BATCHFF_PROFILE", "BATCHFF_PROGRESS"}
    unknown = sorted(name for name in environ if name.startswith("BATCHFF_") and name not in known)
    named = []
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        named.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return named
