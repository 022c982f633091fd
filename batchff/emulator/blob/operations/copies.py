"""Operations that take a blob's bytes from a URL: that of another blob of this service, no other.

Copy Blob and Copy Blob From URL make blobs that share the source's bytes, and are done at once.
"""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import fields, replace
from urllib.parse import urlsplit

from batchff.emulator.blob.operations.blobs import check_replacing
from batchff.emulator.blob.operations.block_blobs import (
    ENCRYPTED,
    MAX_BLOCK,
    MAX_PUT_BLOB,
    check_room,
    verify_md5,
)
from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol import conditions
from batchff.emulator.blob.protocol.errors import (
    BLOB_ARCHIVED,
    CANNOT_VERIFY_COPY_SOURCE,
    REQUEST_BODY_TOO_LARGE,
    SOURCE_CONDITION_NOT_MET,
    StorageError,
    invalid_header,
    missing_header,
    not_implemented,
)
from batchff.emulator.blob.protocol.headers import (
    ARCHIVE,
    DEFAULT_CONTENT_TYPE,
    properties_of,
    tier_of,
    version_headers,
)
from batchff.emulator.blob.protocol.names import check_block_id, metadata_of
from batchff.emulator.blob.protocol.ranges import range_of_header
from batchff.emulator.blob.protocol.response import Response
from batchff.emulator.blob.signing.authentication import READ, authenticate
from batchff.emulator.blob.signing.sas import PARAMETERS
from batchff.emulator.blob.store.files import Received
from batchff.emulator.blob.store.records import Attributes, Blob, ByteRange, Copy, Piece, Properties
from batchff.emulator.hosts import is_loopback

SOURCE = "x-ms-copy-source"
SOURCE_ETAG = "x-ms-source-if-match"
SOURCE_MD5 = "x-ms-source-content-md5"
SOURCE_PROPERTIES = "x-ms-copy-source-blob-properties"
SOURCE_RANGE = "x-ms-source-range"


async def copy_blob(call: Call) -> Response:
    """Copy Blob: done when it is answered, though clients may ask whether it is."""
    return _copy(call, sas=not call.authorization.shared_key)


async def copy_blob_from_url(call: Call) -> Response:
    """As Copy Blob, but that the source's URL must have a SAS."""
    return _copy(call, sas=True)


async def put_blob_from_url(call: Call) -> Response:
    """The source's properties come along unless the request says otherwise; metadata doesn't."""
    check_replacing(call)
    metadata = metadata_of(call.request.headers)
    source = _source(call, sas=True)
    properties = _properties(call, source)
    received = await _fetch(call, source, ByteRange(0, source.size), MAX_PUT_BLOB, md5=True)
    with call.store.files.provisional(received):
        md5 = verify_md5(call, received.md5, SOURCE_MD5)
        check_replacing(call)
        blob = call.store.blobs.put(
            call.container(),
            call.request.blob,
            Attributes(
                replace(properties, content_md5=properties.content_md5 or md5),
                metadata,
                tier=tier_of(call.request),
            ),
            [Piece(received.name, received.length)] if received.length else [],
            call.now,
        )
    return Response(201, version_headers(blob) | ENCRYPTED | {"content-md5": md5})


async def put_block_from_url(call: Call) -> Response:
    """Put Block From URL: store a range of another blob as a block."""
    block_id = call.request.query.get("blockid", "")
    check_block_id(block_id)
    check_room(call, block_id)
    source = _source(call, sas=True)
    if not conditions.matches(call.request, SOURCE_ETAG, source.etag):
        raise StorageError(SOURCE_CONDITION_NOT_MET)
    part = range_of_header(call.request, SOURCE_RANGE, source.size) or ByteRange(0, source.size)
    if part.length == 0:
        raise invalid_header(SOURCE_RANGE, "")
    verified = SOURCE_MD5 in call.request.headers
    headers = dict(ENCRYPTED)
    received = await _fetch(call, source, part, MAX_BLOCK, md5=verified)
    with call.store.files.provisional(received):
        if verified:
            headers["content-md5"] = verify_md5(call, received.md5, SOURCE_MD5)
        check_room(call, block_id)
        block = Piece(received.name, received.length, block_id)
        call.store.blobs.stage(call.container(), call.request.blob, block, call.now)
    return Response(201, headers)


def _copy(call: Call, *, sas: bool) -> Response:
    check_replacing(call)
    source = _source(call, sas=sas)
    metadata = metadata_of(call.request.headers) or source.metadata
    now = call.now
    copy = Copy(str(uuid.uuid4()), call.request.headers[SOURCE].partition("?")[0], now)
    made = call.store.blobs.put(
        call.container(),
        call.request.blob,
        Attributes(
            source.properties,
            metadata,
            copy,
            tier_of(call.request),
            is_appended=source.appended is not None,
        ),
        call.store.blobs.pieces(source),
        now,
    )
    return Response(
        202, version_headers(made) | {"x-ms-copy-id": copy.id, "x-ms-copy-status": "success"}
    )


def _source(call: Call, *, sas: bool) -> Blob:
    """The blob that a request's source is, which its URL has a SAS for, if it must or does."""
    request = call.request
    if SOURCE not in request.headers:
        raise missing_header(SOURCE)
    try:
        url = urlsplit(request.headers[SOURCE])
        port, own_port = url.port, urlsplit(request.endpoint).port
    except ValueError:
        raise StorageError(CANNOT_VERIFY_COPY_SOURCE) from None
    if not is_loopback(url.netloc) or (url.scheme, port) != (request.scheme, own_port):
        raise not_implemented("a copy from another service")
    source = request.for_url(url.netloc, url.path, url.query)
    if sas or "sig" in source.query:
        authenticate(source, call.account, call.clock()).require(READ)
    elif source.account != request.account:
        raise not_implemented("a copy from another account")
    if unknown := source.query.keys() - PARAMETERS:
        raise not_implemented(f"a copy from a URL with the parameter {min(unknown)}")
    container = call.store.containers.get(source.container)
    blob = call.store.blobs.get(container, source.blob) if container else None
    if blob is None or not blob.committed:
        raise StorageError(CANNOT_VERIFY_COPY_SOURCE)
    if blob.tier == ARCHIVE:
        raise StorageError(BLOB_ARCHIVED)
    return blob


def _properties(call: Call, source: Blob) -> Properties:
    """The source's properties, unless they aren't wanted, and those that the request sets."""
    wanted = call.request.headers.get(SOURCE_PROPERTIES, "true").lower()
    if wanted not in ("true", "false"):
        raise invalid_header(SOURCE_PROPERTIES, wanted)
    basis = source.properties if wanted == "true" else Properties(DEFAULT_CONTENT_TYPE)
    given = properties_of(call.request)
    chosen = {field.name: getattr(given, field.name) for field in fields(Properties)}
    return replace(basis, **{name: value for name, value in chosen.items() if value is not None})


async def _fetch(call: Call, source: Blob, part: ByteRange, limit: int, *, md5: bool) -> Received:
    """A part of a blob as a file of its own; the request has no bytes."""
    if call.request.headers.get("content-length", "0") != "0":
        raise invalid_header("Content-Length", call.request.headers["content-length"])
    if part.length > limit:
        raise StorageError(REQUEST_BODY_TOO_LARGE, {"MaxLimit": str(limit)})
    spans = call.store.blobs.spans(source, part)
    if not md5:
        return await call.store.files.copy(spans)
    async with aclosing(call.store.files.stream(spans)) as chunks:
        return await call.store.files.receive(chunks, md5=True)
