"""Pages of listings: how many entries, and from where on."""

from __future__ import annotations

import base64
import binascii

from batchff.emulator.blob.protocol.errors import (
    OUT_OF_RANGE_PARAMETER,
    StorageError,
    invalid_parameter,
)
from batchff.emulator.blob.protocol.request import Request

MAX_PAGE = 5000


def page_size(request: Request) -> int:
    """`maxresults`; more than 5,000 are never given."""
    text = request.query.get("maxresults", str(MAX_PAGE))
    if not (text.isascii() and text.isdigit()):
        raise invalid_parameter("maxresults", text)
    size = int(text)
    if size == 0:
        raise StorageError(OUT_OF_RANGE_PARAMETER, {"QueryParameterName": "maxresults"})
    return min(size, MAX_PAGE)


def start_of_page(request: Request) -> bytes:
    """Where `marker` says that a page starts; empty for the first."""
    marker = request.query.get("marker", "")
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise invalid_parameter("marker", marker) from None


def marker_for(start: bytes) -> str:
    """An opaque marker, safe in a URL and in XML whatever the name."""
    return base64.urlsafe_b64encode(start).decode()


def included(request: Request, known: frozenset[str]) -> set[str]:
    """What `include` asks for, all of it known."""
    asked = {item for item in request.query.get("include", "").lower().split(",") if item}
    if unknown := asked - known:
        raise invalid_parameter("include", ",".join(sorted(unknown)))
    return asked
