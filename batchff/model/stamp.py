"""The stamp in the metadata of all that batchff itself makes: it marks what cleanup may remove.

Nodes send logs without it, and outputs with a hash of what they are made from. Cleanup removes
those too, as they are in the folder of a job whose script, beside them, has the stamp.
"""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Mapping

from batchff import __version__

_STAMP = "batchff"


def stamp(**facts: str) -> dict[str, str]:
    """Return metadata with the stamp; each fact's name gets the stamp as its prefix."""
    named = {f"{_STAMP}_{name}": value for name, value in facts.items()}
    return {_STAMP: __version__, **named}


def user_mark() -> str:
    """Return what is the same for all jobs of a user, on any machine, without the user's name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return ""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def is_ours(metadata: Mapping[str, str]) -> bool:
    """Return whether batchff made what this metadata belongs to."""
    return _STAMP in metadata


def stamped_fact(metadata: Mapping[str, str], name: str) -> str | None:
    """Return a fact that `stamp` wrote, or None."""
    return metadata.get(f"{_STAMP}_{name}")


def made_by_version(metadata: Mapping[str, str]) -> str:
    """Return the version of the batchff that made something; empty where it didn't."""
    return metadata.get(_STAMP, "")
