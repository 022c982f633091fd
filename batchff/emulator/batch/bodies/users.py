"""What bodies say of users: those of a pool's tasks, and those who log in to a node."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    boolean,
    choice,
    filled,
    integer,
    listing,
    moment,
    record,
    refuse_repeated,
    secret,
    text,
)

_LONGEST_NAME = 20


def _user_name(value: Any, name: str) -> None:
    """What a user of a node can be called."""
    filled(value, name)
    if len(value) > _LONGEST_NAME:
        raise bad_property(name, value, f"It has at most {_LONGEST_NAME} characters")


_ID = integer(0)

_LINUX_USER = record({}, {"uid": _ID, "gid": _ID, "sshPrivateKey": secret})


def _linux_user(value: Any, name: str) -> None:
    """A user whose ids are both given, or both left to the system."""
    _LINUX_USER(value, name)
    if ("uid" in value) != ("gid" in value):
        given = "uid" if "uid" in value else "gid"
        raise bad_property(f"{name}.{given}", value[given], "uid and gid go together")


_USER_ACCOUNTS = listing(
    record(
        {"name": _user_name, "password": secret},
        {
            "elevationLevel": choice("nonadmin", "admin"),
            "linuxUserConfiguration": _linux_user,
            "windowsUserConfiguration": record({}, {"loginMode": choice("batch", "interactive")}),
        },
    ),
    most=100,
)


def user_accounts(value: Any, name: str) -> None:
    """Accounts of different names."""
    _USER_ACCOUNTS(value, name)
    refuse_repeated([user["name"] for user in value], name, "name")


NODE_USER_CREATE = record(
    {"name": _user_name},
    {"isAdmin": boolean, "expiryTime": moment, "password": secret, "sshPublicKey": text},
)
NODE_USER_REPLACE = record({}, {"expiryTime": moment, "password": secret, "sshPublicKey": text})
