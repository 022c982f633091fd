"""The settings that a profile may hold."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from batchff.errors import ProfileError

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
        Key("storage_endpoint", service="storage"),
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


def checked_value(key: Key, value: object, where: str) -> str | int:
    """Return a value if it is of the key's kind; raise ProfileError, with `where`, if not."""
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
