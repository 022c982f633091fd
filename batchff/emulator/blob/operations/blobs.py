"""Operations on blobs as wholes: reading, describing, copying, deleting."""

from __future__ import annotations

import hashlib

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.conditions import Stamp, check_read, check_write
from batchff.emulator.blob.protocol.errors import (
    INVALID_BLOB_TYPE,
    OUT_OF_RANGE_INPUT,
    UNAUTHORIZED_BLOB_OVERWRITE,
    StorageError,
    invalid_header,
    invalid_parameter,
    missing_header,
    not_implemented,
)
from batchff.emulator.blob.protocol.headers import (
    ARCHIVE,
    TIER,
    blob_headers,
    md5_text,
    properties_of,
    tier_of,
    version_headers,
)
from batchff.emulator.blob.protocol.leases import check_lease, lease_of
from batchff.emulator.blob.protocol.names import metadata_headers, metadata_of
from batchff.emulator.blob.protocol.ranges import requested_range
from batchff.emulator.blob.protocol.response import Response
from batchff.emulator.blob.signing.sas import RESPONSE_HEADERS
from batchff.emulator.blob.store.files import CHUNK
from batchff.emulator.blob.store.records import Blob, ByteRange

MAX_RANGE_WITH_MD5 = 4 * 1024 * 1024


async def get_blob(call: Call) -> Response:
    """Get Blob: send a blob, or the range of it that is asked for."""
    request = call.request
    blob = call.readable_blob()
    _check_reading(call, blob)
    part = requested_range(request, blob.size)
    headers = blob_headers(blob, call.now) | _overrides(call)
    wants_md5 = request.headers.get("x-ms-range-get-content-md5", "").lower() == "true"
    if part is None:
        if wants_md5:
            raise invalid_header("x-ms-range-get-content-md5", "true")
        status, part = 200, ByteRange(0, blob.size)
    else:
        status = 206
        headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{blob.size}"
        if "content-md5" in headers:
            headers["x-ms-blob-content-md5"] = headers.pop("content-md5")
    spans = call.store.blobs.spans(blob, part)
    if wants_md5:
        if part.length > MAX_RANGE_WITH_MD5:
            raise StorageError(OUT_OF_RANGE_INPUT)
        digest = hashlib.md5(call.store.files.read(spans), usedforsecurity=False).digest()
        headers["content-md5"] = md5_text(digest)
    headers["content-length"] = str(part.length)
    if part.length <= CHUNK:
        return Response(status, headers, call.store.files.read(spans))
    return Response(status, headers, stream=call.store.files.stream(spans))


async def get_blob_properties(call: Call) -> Response:
    """Get Blob Properties: a blob's properties and metadata, as headers."""
    blob = call.blob()
    _check_reading(call, blob)
    headers = blob_headers(blob, call.now) | _overrides(call)
    return Response(200, headers | {"content-length": str(blob.size)})


async def set_blob_properties(call: Call) -> Response:
    """Set Blob Properties: replace those that a client chooses."""
    blob = call.blob()
    check_changing(call, blob)
    changed = call.store.blobs.set_properties(blob, properties_of(call.request), call.now)
    return Response(200, version_headers(changed))


async def get_blob_metadata(call: Call) -> Response:
    """Get Blob Metadata: a blob's metadata, as headers."""
    blob = call.blob()
    _check_reading(call, blob)
    return Response(200, version_headers(blob) | metadata_headers(blob.metadata))


async def set_blob_metadata(call: Call) -> Response:
    """Set Blob Metadata: replace all of it."""
    blob = call.blob()
    check_changing(call, blob)
    metadata = metadata_of(call.request.headers)
    changed = call.store.blobs.set_metadata(blob, metadata, call.now)
    return Response(200, version_headers(changed) | {"x-ms-request-server-encrypted": "true"})


async def set_blob_tier(call: Call) -> Response:
    """Set Blob Tier: at once, also from the archive, which takes hours on Azure."""
    tier = tier_of(call.request)
    if tier is None:
        raise missing_header(TIER)
    blob = call.blob()
    if blob.appended is not None:
        raise StorageError(INVALID_BLOB_TYPE)
    check_lease(call.request, blob.lease, call.now, changes=False)
    call.store.blobs.set_tier(blob, tier, call.now)
    return Response(202 if blob.tier == ARCHIVE and tier != ARCHIVE else 200)


async def delete_blob(call: Call) -> Response:
    """Delete Blob: at once, as there are neither snapshots nor soft deletion."""
    snapshots = call.request.headers.get("x-ms-delete-snapshots", "include")
    if snapshots != "include":
        raise not_implemented(f"Delete Blob with x-ms-delete-snapshots: {snapshots}")
    blob = call.blob()
    check_changing(call, blob)
    call.store.blobs.delete(blob)
    return Response(202, {"x-ms-delete-type-permanent": "true"})


def check_replacing(call: Call) -> None:
    """Raise unless the request may make a blob of this name, or replace the one that has it."""
    blob = call.find_blob()
    check_write(call.request, _stamp(blob) if blob else None)
    check_lease(call.request, lease_of(blob), call.now, changes=True)
    if blob and not call.authorization.may_overwrite:
        raise StorageError(UNAUTHORIZED_BLOB_OVERWRITE)


def check_changing(call: Call, blob: Blob) -> None:
    """Raise 412 unless conditions and a lease let the request change a blob."""
    check_write(call.request, _stamp(blob))
    check_lease(call.request, blob.lease, call.now, changes=True)


def _check_reading(call: Call, blob: Blob) -> None:
    check_read(call.request, _stamp(blob))
    check_lease(call.request, blob.lease, call.now, changes=False)


def _overrides(call: Call) -> dict[str, str]:
    """The headers that a service SAS puts in place of the blob's own."""
    given = {
        header: call.request.query[parameter]
        for parameter, header in RESPONSE_HEADERS.items()
        if parameter in call.request.query
    }
    for header, value in given.items():
        if not (value.isascii() and value.isprintable()):
            raise invalid_parameter(header, value)
    return given


def _stamp(blob: Blob) -> Stamp:
    return Stamp(blob.etag, blob.modified)
