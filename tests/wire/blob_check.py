"""Hold a request for blobs against what the documentation says of its operation.

Kept by hand, for the few operations that batchff sends itself: "Put Blob", "Put Block", "Put Block
From URL", "Put Block List", "Get Block List", "Get Blob", "Get Blob Properties", "Delete Blob" and
"List Blobs" of the Blob service's REST API. What lets a request in: "Authorize with Shared Key",
"Authorize with Microsoft Entra ID", and for what is only read "Create a service SAS" and "Create an
account SAS".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.wire.requests import Request


@dataclass(frozen=True, slots=True)
class _Operation:
    """Names as they stand in the documentation's tables; headers in lower case."""

    name: str
    query: frozenset[str] = frozenset()
    required_query: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    required_headers: frozenset[str] = frozenset()
    with_metadata: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONDITIONS = "if-match if-none-match if-modified-since if-unmodified-since x-ms-lease-id"

# By method, restype and comp, and whether a header names another blob.
_OPERATIONS: dict[tuple[str, ...], _Operation] = {
    ("PUT", "", ""): _Operation(
        "Put Blob",
        headers=_names(f"content-type content-md5 {_CONDITIONS}"),
        required_headers=_names("x-ms-blob-type content-length"),
        with_metadata=True,
    ),
    ("PUT", "", "block"): _Operation(
        "Put Block",
        required_query=_names("blockid"),
        headers=_names("content-md5 x-ms-lease-id"),
        required_headers=_names("content-length"),
    ),
    ("PUT", "", "block", "from a URL"): _Operation(
        "Put Block From URL",
        required_query=_names("blockid"),
        headers=_names(
            "x-ms-source-range x-ms-source-content-md5 x-ms-source-if-match"
            " x-ms-source-if-none-match x-ms-copy-source-authorization x-ms-lease-id"
        ),
        required_headers=_names("x-ms-copy-source content-length"),
    ),
    ("PUT", "", "blocklist"): _Operation(
        "Put Block List",
        headers=_names(f"content-md5 x-ms-blob-content-type x-ms-blob-content-md5 {_CONDITIONS}"),
        required_headers=_names("content-length"),
        with_metadata=True,
    ),
    ("GET", "", "blocklist"): _Operation(
        "Get Block List", query=_names("blocklisttype snapshot"), headers=_names("x-ms-lease-id")
    ),
    ("GET", "", ""): _Operation(
        "Get Blob", query=_names("snapshot"), headers=_names(f"range x-ms-range {_CONDITIONS}")
    ),
    ("HEAD", "", ""): _Operation(
        "Get Blob Properties", query=_names("snapshot"), headers=_names(_CONDITIONS)
    ),
    ("DELETE", "", ""): _Operation(
        "Delete Blob",
        query=_names("snapshot deletetype"),
        headers=_names(f"x-ms-delete-snapshots {_CONDITIONS}"),
    ),
    ("GET", "container", "list"): _Operation(
        "List Blobs", query=_names("prefix delimiter marker maxresults include")
    ),
}
_ANY_QUERY = _names("restype comp timeout")
_OF_A_SAS = _names(
    "sv ss srt sr sdd sp st se sip spr si ses sig skoid sktid skt ske sks skv saoid suoid scid "
    "rscc rscd rsce rscl rsct"
)
_ANY_HEADERS = _names(
    "authorization content-length date host proxy-authorization user-agent x-ms-date x-ms-version"
)

_VERSION = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_METADATA = re.compile(r"x-ms-meta-[a-z_][a-z0-9_]*", re.ASCII)


def blob_problems(request: Request) -> Iterator[str]:
    """Tell what is not as documented."""
    query = dict(request.query)
    key: tuple[str, ...] = (request.method, query.get("restype", ""), query.get("comp", ""))
    if "x-ms-copy-source" in request.headers:
        key = (*key, "from a URL")
    operation = _OPERATIONS.get(key)
    if operation is None:
        yield f"{' '.join(filter(None, key))} is none of the operations that are known"
        return
    complaints = (
        *_of_query(operation, query),
        *_of_headers(operation, request),
        *_of_access(request),
    )
    yield from (f"{operation.name}: {complaint}" for complaint in complaints)


def _of_query(operation: _Operation, query: dict[str, str]) -> Iterator[str]:
    known = operation.query | operation.required_query | _ANY_QUERY
    if "sig" in query:
        known |= _OF_A_SAS
    for name in sorted(query.keys() - known):
        yield f"{name!r} in the query is not documented"
    for name in sorted(operation.required_query - query.keys()):
        yield f"{name!r} is missing in the query"
    if "blockid" in query:
        try:
            size = len(base64.b64decode(query["blockid"], validate=True))
        except binascii.Error:
            size = 0
        if not 0 < size <= 64:
            yield f"{query['blockid']!r} is no block's id"


def _of_headers(operation: _Operation, request: Request) -> Iterator[str]:
    known = operation.headers | operation.required_headers | _ANY_HEADERS
    for name in sorted(request.headers.keys() - known):
        if not (operation.with_metadata and _METADATA.fullmatch(name)):
            yield f"the header {name!r} is not documented"
    for name in sorted(operation.required_headers - request.headers.keys()):
        yield f"the header {name!r} is missing"
    version = request.headers.get("x-ms-version", "")
    if not _VERSION.fullmatch(version):
        yield f"x-ms-version is {version!r}"


def _of_access(request: Request) -> Iterator[str]:
    if "sig" in dict(request.query):
        if "authorization" in request.headers:
            yield "it is signed twice"
        if request.method not in ("GET", "HEAD"):
            yield "a SAS that was given is used for more than reading"
    elif request.headers.get("authorization") not in ("SharedKey", "Bearer"):
        yield f"it is signed by {request.headers.get('authorization')!r}"
    elif not request.headers.keys() & {"date", "x-ms-date"}:
        yield "it is signed and has no date"
