"""Operations that give a block blob its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from batchff.emulator.blob.operations.blobs import check_replacing
from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.documents import BlockReference, block_list, parse_block_list
from batchff.emulator.blob.protocol.errors import (
    BLOB_NOT_FOUND,
    BLOCK_COUNT_EXCEEDS_LIMIT,
    BLOCK_LIST_TOO_LONG,
    INVALID_BLOB_OR_BLOCK,
    INVALID_BLOB_TYPE,
    INVALID_BLOCK_LIST,
    MD5_MISMATCH,
    MISSING_CONTENT_LENGTH,
    REQUEST_BODY_TOO_LARGE,
    StorageError,
    invalid_header,
    invalid_parameter,
)
from batchff.emulator.blob.protocol.headers import (
    DEFAULT_CONTENT_TYPE,
    md5_digest,
    md5_text,
    properties_of,
    properties_of_upload,
    tier_of,
    version_headers,
)
from batchff.emulator.blob.protocol.leases import check_lease, lease_of
from batchff.emulator.blob.protocol.names import check_block_id, metadata_of
from batchff.emulator.blob.protocol.response import Response, xml_response
from batchff.emulator.blob.store.records import Attributes, Blob, Piece

MIB = 1024 * 1024
MAX_PUT_BLOB = 5000 * MIB
MAX_BLOCK = 4000 * MIB
MAX_BLOCK_LIST = 16 * MIB
MAX_COMMITTED_BLOCKS = 50_000
MAX_UNCOMMITTED_BLOCKS = 100_000
ENCRYPTED = {"x-ms-request-server-encrypted": "true"}


async def put_blob(call: Call) -> Response:
    """Put Blob: store a body as a whole blob."""
    request = call.request
    length = content_length(call, MAX_PUT_BLOB)
    check_replacing(call)
    metadata = metadata_of(request.headers)
    properties, tier = properties_of_upload(request), tier_of(request)
    received = await call.store.files.receive(request.chunks(length), md5=True)
    with call.store.files.provisional(received):
        md5 = verify_md5(call, received.md5)
        check_replacing(call)
        if properties.content_md5 is None:
            properties = replace(properties, content_md5=md5)
        blob = call.store.blobs.put(
            call.container(),
            request.blob,
            Attributes(properties, metadata, tier=tier),
            [Piece(received.name, received.length)] if received.length else [],
            call.now,
        )
    return Response(201, version_headers(blob) | ENCRYPTED | {"content-md5": md5})


async def put_block(call: Call) -> Response:
    """Put Block: store a body as a block, to be committed by Put Block List."""
    request = call.request
    block_id = request.query.get("blockid", "")
    check_block_id(block_id)
    length = content_length(call, MAX_BLOCK)
    if length == 0:
        raise invalid_header("Content-Length", "0")
    check_room(call, block_id)
    verified = "content-md5" in request.headers
    headers = dict(ENCRYPTED)
    received = await call.store.files.receive(request.chunks(length), md5=verified)
    with call.store.files.provisional(received):
        if verified:
            headers["content-md5"] = verify_md5(call, received.md5)
        check_room(call, block_id)
        block = Piece(received.name, received.length, block_id)
        call.store.blobs.stage(call.container(), request.blob, block, call.now)
    return Response(201, headers)


async def put_block_list(call: Call) -> Response:
    """Put Block List: make the blob of the blocks that are named."""
    request = call.request
    check_block_blob(call.find_blob())
    check_replacing(call)
    metadata = metadata_of(request.headers)
    properties, tier = properties_of(request), tier_of(request)
    document = await request.read(content_length(call, MAX_BLOCK_LIST))
    verify_md5(call, hashlib.md5(document, usedforsecurity=False).digest())
    references = parse_block_list(document)
    if len(references) > MAX_COMMITTED_BLOCKS:
        raise StorageError(BLOCK_LIST_TOO_LONG)
    check_replacing(call)
    blob = call.store.blobs.put(
        call.container(),
        request.blob,
        Attributes(
            replace(properties, content_type=properties.content_type or DEFAULT_CONTENT_TYPE),
            metadata,
            tier=tier,
        ),
        _chosen(call, references),
        call.now,
    )
    return Response(201, version_headers(blob) | ENCRYPTED)


async def get_block_list(call: Call) -> Response:
    """Get Block List: the blocks that are committed, those that aren't, or both."""
    kind = call.request.query.get("blocklisttype", "committed").lower()
    if kind not in ("committed", "uncommitted", "all"):
        raise invalid_parameter("blocklisttype", kind)
    blob = call.store.blobs.get(call.container(), call.request.blob)
    if blob is None:
        raise StorageError(BLOB_NOT_FOUND)
    check_block_blob(blob)
    check_lease(call.request, blob.lease, call.now, changes=False)
    headers = {"x-ms-blob-content-length": str(blob.size)}
    if blob.committed:
        headers |= version_headers(blob)
    committed = [piece for piece in call.store.blobs.pieces(blob) if piece.block_id]
    document = block_list(
        committed if kind in ("committed", "all") else None,
        call.store.blobs.uncommitted(blob) if kind in ("uncommitted", "all") else None,
    )
    return xml_response(document, headers)


def content_length(call: Call, limit: int) -> int:
    """Return how long the body is; raise where it doesn't say so, or is longer than that."""
    text = call.request.headers.get("content-length")
    if text is None:
        raise StorageError(MISSING_CONTENT_LENGTH)
    if int(text) > limit:
        raise StorageError(REQUEST_BODY_TOO_LARGE, {"MaxLimit": str(limit)})
    return int(text)


def verify_md5(call: Call, digest: bytes, header: str = "content-md5") -> str:
    """The MD5 of what arrived, in base64; 400 if the client had computed another."""
    computed = md5_text(digest)
    sent = call.request.headers.get(header)
    if sent is not None and md5_digest(sent) != digest:
        details = {"UserSpecifiedMd5": sent, "ServerCalculatedMd5": computed}
        raise StorageError(MD5_MISMATCH, details)
    return computed


def check_room(call: Call, block_id: str) -> None:
    """Raise unless the blob can take a block of this id: all its ids have one length."""
    blob = call.store.blobs.get(call.container(), call.request.blob)
    check_lease(call.request, lease_of(blob), call.now, changes=True)
    if blob is None:
        return
    check_block_blob(blob)
    count, id_length = call.store.blobs.count_uncommitted(blob)
    if count and id_length != len(block_id):
        raise StorageError(INVALID_BLOB_OR_BLOCK)
    if count >= MAX_UNCOMMITTED_BLOCKS:
        raise StorageError(BLOCK_COUNT_EXCEEDS_LIMIT)


def check_block_blob(blob: Blob | None) -> None:
    """Raise 409 for a blob of another type."""
    if blob is not None and blob.appended is not None:
        raise StorageError(INVALID_BLOB_TYPE)


def _chosen(call: Call, references: Sequence[BlockReference]) -> list[Piece]:
    """The blocks that a list names, in its order; Latest prefers one not yet committed."""
    blob = call.store.blobs.get(call.container(), call.request.blob)
    if blob is None:
        committed, uncommitted = {}, {}
    else:
        committed = _by_id(call.store.blobs.pieces(blob))
        uncommitted = _by_id(call.store.blobs.uncommitted(blob))
    among = {
        "Committed": committed,
        "Uncommitted": uncommitted,
        "Latest": committed | uncommitted,
    }
    try:
        return [among[reference.among][reference.block_id] for reference in references]
    except KeyError:
        raise StorageError(INVALID_BLOCK_LIST) from None


def _by_id(pieces: Sequence[Piece]) -> dict[str, Piece]:
    return {piece.block_id: piece for piece in pieces if piece.block_id}
