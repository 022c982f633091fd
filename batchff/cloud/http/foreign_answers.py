"""Answers that aren't the service's: a network's sign-in page says 200 to whatever is asked."""

from __future__ import annotations

from collections.abc import Mapping

from batchff.errors import ServiceError

_REQUEST_IDS = ("request-id", "x-ms-request-id")
"""Batch, Blob Storage and the management plane give each answer one of these headers."""

_HINT = (
    "a network's sign-in page or a proxy may answer in its place: open any page in a browser, and "
    "check the address (batchff profile show)"
)


def is_foreign(status: int, headers: Mapping[str, str]) -> bool:
    """Say whether an answer comes from something else than the service, and would be believed.

    A 404 would be believed, too: a deletion would count as done. The names of the headers are in
    lower case, or compared without case.
    """
    return (status < 400 or status == 404) and not any(name in headers for name in _REQUEST_IDS)


def foreign(status: int, content_type: str | None) -> str:
    """Say what came in place of the service's answer."""
    return f"something else than the service answered ({status}, {content_type or 'no type'})"


def unusable(reason: str, doing: str) -> ServiceError:
    """Return the error that such an answer means, or one that can't be read."""
    return ServiceError(f"{doing}: {reason}", hint=_HINT)
