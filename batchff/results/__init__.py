"""What commands return: a frozen dataclass for each result, from which its JSON is made.

The modules are those of `batchff/cli`, so that a command loads only its own: classes take time to
make. `mapping` turns a result into what JSON holds.
"""

from __future__ import annotations

from typing import ClassVar

SHOWN = "shown"
INLINE = {SHOWN: "inline"}
"""Metadata of a field whose own fields are keys of the result."""
WITHOUT_EMPTY = {SHOWN: "without empty"}
"""Metadata of a field of whose own fields those with an empty text have no key."""
WHERE_SET = {SHOWN: "where set"}
"""Metadata of a field that has no key where it's None."""


class Result:
    """A command's result: its fields are the keys of its JSON, in their order.

    `command` names the command for scripts. `reveals_secrets` is for the one command whose purpose
    that is: from all others, secrets are removed.
    """

    __slots__ = ()
    command: ClassVar[str]
    reveals_secrets: ClassVar[bool] = False
