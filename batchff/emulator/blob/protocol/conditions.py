"""Conditional headers, after "Specifying conditional headers for Blob service operations"."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from batchff.emulator.blob.protocol.errors import (
    BLOB_ALREADY_EXISTS,
    CONDITION_NOT_MET,
    MULTIPLE_CONDITION_HEADERS_NOT_SUPPORTED,
    NOT_MODIFIED,
    UNSATISFIABLE_CONDITION,
    StorageError,
    invalid_header,
)
from batchff.emulator.blob.protocol.request import Request

ETAGS = frozenset({"if-match", "if-none-match"})
DATES = frozenset({"if-modified-since", "if-unmodified-since"})
ALL = ETAGS | DATES
_ALLOWED_PAIRS = ({"if-match", "if-unmodified-since"}, {"if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class Stamp:
    """What conditions are compared with: an ETag without quotes, and seconds since 1970."""

    etag: str
    modified: int


def check_read(request: Request, stamp: Stamp) -> None:
    """Raise 412, or 304 where the client's copy is still good."""
    if request.headers.get("if-none-match") == "*":
        raise StorageError(UNSATISFIABLE_CONDITION)
    matched = _matches(request, "if-match", stamp)
    unmodified = _modified_since(request, "if-unmodified-since", stamp)
    if matched is False or unmodified is True:
        raise StorageError(CONDITION_NOT_MET)
    same = _matches(request, "if-none-match", stamp)
    modified = _modified_since(request, "if-modified-since", stamp)
    if (same is True and modified is not True) or (modified is False and same is not False):
        raise StorageError(NOT_MODIFIED)


def check_write(request: Request, stamp: Stamp | None) -> None:
    """Raise 412, or 409 where the blob must not exist; `stamp` is None for what doesn't exist.

    ETag conditions decide alone; the date beside them isn't looked at.
    """
    present = ALL & request.headers.keys()
    if len(present) > 1 and present not in _ALLOWED_PAIRS:
        raise StorageError(MULTIPLE_CONDITION_HEADERS_NOT_SUPPORTED)
    if stamp is None:
        if "if-match" in present:
            raise StorageError(CONDITION_NOT_MET)
        return
    if request.headers.get("if-none-match") == "*":
        raise StorageError(BLOB_ALREADY_EXISTS)
    if "if-none-match" in present:
        met = not _matches(request, "if-none-match", stamp)
    elif "if-match" in present:
        met = bool(_matches(request, "if-match", stamp))
    elif "if-modified-since" in present:
        met = bool(_modified_since(request, "if-modified-since", stamp))
    else:
        met = not _modified_since(request, "if-unmodified-since", stamp)
    if not met:
        raise StorageError(CONDITION_NOT_MET)


def matches(request: Request, header: str, etag: str) -> bool:
    """Whether a header's ETags name this one; they do without the header."""
    given = [each.strip().strip('"') for each in request.headers.get(header, "*").split(",")]
    return given == ["*"] or etag in given


def _matches(request: Request, header: str, stamp: Stamp) -> bool | None:
    """Whether the header's ETags name this one; None without the header."""
    return matches(request, header, stamp.etag) if header in request.headers else None


def _modified_since(request: Request, header: str, stamp: Stamp) -> bool | None:
    """Whether it changed after the header's time; None without the header."""
    if header not in request.headers:
        return None
    try:
        since = parsedate_to_datetime(request.headers[header])
    except ValueError:
        raise invalid_header(header, request.headers[header]) from None
    return stamp.modified > since.timestamp()
