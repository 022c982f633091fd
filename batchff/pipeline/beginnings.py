"""Find what a user named by the beginning of its id: a job, a pool or an input set."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.errors import UsageError
from batchff.wording import some_of

_SHOWN = 5


def only_one(what: str, beginning: str, ids: Iterable[str]) -> str | None:
    """Return the only one of the ids, which all begin so; None where there is none.

    Raises UsageError for several, which names them.
    """
    found = sorted(ids)
    if len(found) > 1:
        raise UsageError(
            f"{what} {beginning!r} could be {some_of(found, _SHOWN)}", hint="give more of the id"
        )
    return found[0] if found else None


def require_whole(what: str, name: str, found: str) -> None:
    """Raise UsageError where an id that was found is longer than what the user named.

    What is removed without a question is named whole: another job may begin as one that is gone.
    """
    if name.lower() != found.lower():
        raise UsageError(
            f"with --yes, a {what} needs its whole id", hint=f"the {what} that begins so is {found}"
        )
