"""The profile file, and the settings a command works with.

A setting's value is taken from the first place that has it: `Place` in `resolve` has the order.
The keyring is asked where the file says that a secret is there, and for a key without which batchff
can't sign in.

What changes the file is in `changes`: it needs tomlkit, which few commands should wait for.
"""

from __future__ import annotations

from batchff.profile.file import ProfileFile, profile_file
from batchff.profile.keys import KEYS, LOCAL, Key, find_key
from batchff.profile.prices import Prices, prices_of
from batchff.profile.resolve import (
    Profile,
    Setting,
    asked_profile,
    resolve_profile,
    unknown_variables,
)

__all__ = [
    "KEYS",
    "LOCAL",
    "Key",
    "Prices",
    "Profile",
    "ProfileFile",
    "Setting",
    "asked_profile",
    "find_key",
    "prices_of",
    "profile_file",
    "resolve_profile",
    "unknown_variables",
]
