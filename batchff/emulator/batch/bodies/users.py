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

USER_ACCOUNTS = listing(
    record(
        {"name": _user_name, "password": secret},
        {
            "elevationLevel": choice("nonadmin", "admin"),
            "linuxUserConfiguration": record({}, {"uid": _ID, "gid": _ID, "sshPrivateKey": secret}),
            "windowsUserConfiguration": record({}, {"loginMode": choice("batch", "interactive")}),
        },
    ),
    most=100,
)

NODE_USER_CREATE = record(
    {"name": _user_name},
    {"isAdmin": boolean, "expiryTime": moment, "password": secret, "sshPublicKey": text},
)
NODE_USER_REPLACE = record({}, {"expiryTime": moment, "password": secret, "sshPublicKey": text})
