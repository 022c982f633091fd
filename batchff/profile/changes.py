"""The profile file changed without losing what its owner wrote in it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from batchff.errors import ProfileError, UsageError
from batchff.profile.file import ProfileFile, read_text
from batchff.profile.keys import KEYS, LOCAL, Value, checked_value, find_key
from batchff.profile.system_keyring import (
    IN_KEYRING,
    forget_secret,
    look_for_secret,
    store_secret,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What setting keys changed beside their values."""

    created: bool
    """The profile wasn't there."""
    made_default: bool
    """It's the first one, and the one that is used where none is named."""


def set_keys(
    file: Path, name: str, values: Mapping[str, str], *, in_keyring: bool = False
) -> Change:
    """Store values in a profile, which is made where it doesn't exist.

    The file's comments and order stay. With `in_keyring`, secrets go to the system's keyring, and
    the file only says so. Raises UsageError for a key or value that can't be.
    """
    if name == LOCAL:
        raise ProfileError(
            "the profile 'local' is built in: the emulator's settings are made when it starts",
            hint="give your profile another name",
        )
    if not name.strip() or not name.isprintable():
        raise UsageError("a profile needs a name")
    checked = _checked(values)
    stored = ProfileFile.read(file)
    secrets = {key for key in checked if find_key(key).secret}
    before = stored.profiles.get(name, {})
    if in_keyring:
        for key in secrets:
            store_secret(name, key, values[key])
            checked[key] = IN_KEYRING
    document = _editable(file)
    made_default = not stored.profiles and stored.default is None
    if made_default:
        _put_first(document, "default", name)
    tables = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    created = name not in stored.profiles
    if created:
        tables[name] = {}
    for key, value in checked.items():
        table, _, inner = key.rpartition(".")
        target = tables[name].setdefault(table, {}) if table else tables[name]
        target[inner] = value
    _write(file, document)
    for key in secrets:
        if before.get(key) == IN_KEYRING and not in_keyring:
            forget_secret(name, key)
    return Change(created, made_default)


def _checked(values: Mapping[str, str]) -> dict[str, Value]:
    try:
        return {
            name: checked_value(find_key(name), value, "the value given")
            for name, value in values.items()
        }
    except ProfileError as error:
        raise UsageError(error.message, hint=error.hint) from error


def unset_keys(file: Path, name: str, keys: Iterable[str]) -> None:
    """Remove settings from a profile, and from the keyring what it has of them.

    The rest of the file stays as it is. Raises ProfileError where one isn't set, with nothing
    changed, or where the file is changed, but not the keyring; UsageError for a key that can't be.
    """
    stored = _require_stored(file, name).profiles[name]
    document = _editable(file)
    in_keyring = []
    for key in dict.fromkeys(keys):
        if key in stored:
            _remove_key(document["profiles"][name], key)
        if _is_in_keyring(name, key, stored):
            in_keyring.append(key)
        elif key not in stored:
            raise ProfileError(
                f"profile {name!r} doesn't set {key}",
                hint=f"see what it sets: batchff profile show {name}",
            )
    _write(file, document)
    _forget(name, in_keyring, "changed")


def _is_in_keyring(name: str, key: str, stored: Mapping[str, object]) -> bool:
    if key in stored:  # maybe as what no profile can have
        return stored[key] == IN_KEYRING and key in KEYS and KEYS[key].secret
    try:
        secret = find_key(key).secret
    except ProfileError as error:
        raise UsageError(error.message, hint=error.hint) from error
    return secret and look_for_secret(name, key) is not None


def _remove_key(profile: MutableMapping[str, Any], key: str) -> None:
    """Remove a key as it's written; a table that has nothing more to say goes with it.

    Not the last one: tomlkit may leave out the profile then.
    """
    table, _, inner = key.rpartition(".")
    if key in profile:
        del profile[key]
        return
    del profile[table][inner]
    if len(profile) > 1 and not tomlkit.dumps(profile[table]).strip():
        del profile[table]


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
    """Remove a profile and what the keyring has of it.

    Where it was the default, the built-in one is the default again. Raises ProfileError also where
    the profile is gone, but not what is in the keyring.
    """
    stored = _require_stored(file, name)
    document = _editable(file)
    document["profiles"].remove(name)
    if stored.default == name:
        document.remove("default")
    _write(file, document)
    settings = stored.profiles[name]
    _forget(name, [key for key in settings if _is_in_keyring(name, key, settings)], "removed")


def _forget(name: str, keys: Iterable[str], done: str) -> None:
    for key in keys:
        try:
            forget_secret(name, key)
        except ProfileError as error:
            raise ProfileError(
                f"profile {name!r} is {done}, but its {key} is still in the keyring: "
                f"{error.message}",
                hint=error.hint,
            ) from error


def _require_stored(file: Path, name: str, also: Iterable[str] = ()) -> ProfileFile:
    stored = ProfileFile.read(file)
    if name not in stored.profiles and name not in also:
        known = ", ".join(stored.profiles) or "none"
        raise ProfileError(f"there is no profile {name!r} in {file}", hint=f"it has: {known}")
    return stored


def _editable(file: Path) -> tomlkit.TOMLDocument:
    return tomlkit.parse(read_text(file))


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
    file = file.resolve()  # whoever keeps it elsewhere has a link to there
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
