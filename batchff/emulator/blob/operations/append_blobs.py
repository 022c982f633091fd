"""Append blobs: made empty, and written at their end only."""

from __future__ import annotations

from batchff.emulator.blob.operations.blobs import check_changing, check_replacing
from batchff.emulator.blob.operations.block_blobs import ENCRYPTED, content_length, verify_md5
from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.errors import (
    APPEND_POSITION_CONDITION_NOT_MET,
    BLOCK_COUNT_EXCEEDS_LIMIT,
    INVALID_BLOB_TYPE,
    MAX_BLOB_SIZE_CONDITION_NOT_MET,
    StorageError,
    invalid_header,
)
from batchff.emulator.blob.protocol.headers import properties_of_upload, version_headers
from batchff.emulator.blob.protocol.names import metadata_of
from batchff.emulator.blob.protocol.response import Response
from batchff.emulator.blob.store.records import Attributes, Piece

MAX_SIZE, POSITION = "x-ms-blob-condition-maxsize", "x-ms-blob-condition-appendpos"
_MOST_BLOCKS = 50_000
_MIB = 1024 * 1024
_LARGEST, _LARGEST_BEFORE = 100 * _MIB, 4 * _MIB
_FIRST_WITH_LARGE = "2022-11-02"


async def put_append_blob(call: Call) -> Response:
    """Put Blob: make an append blob, which is empty."""
    request = call.request
    if content_length(call, 0):
        raise invalid_header("Content-Length", request.headers["content-length"])
    check_replacing(call)
    attributes = Attributes(
        properties_of_upload(request), metadata_of(request.headers), is_appended=True
    )
    blob = call.store.blobs.put(call.container(), request.blob, attributes, [], call.now)
    return Response(201, version_headers(blob) | ENCRYPTED)


async def append_block(call: Call) -> Response:
    """Append Block: put a body behind what an append blob has."""
    request = call.request
    largest = _LARGEST if request.version >= _FIRST_WITH_LARGE else _LARGEST_BEFORE
    length = content_length(call, largest)
    if length == 0:
        raise invalid_header("Content-Length", "0")
    _check(call, length)
    verified = "content-md5" in request.headers
    headers = dict(ENCRYPTED)
    received = await call.store.files.receive(request.chunks(length), md5=verified)
    with call.store.files.provisional(received):
        if verified:
            headers["content-md5"] = verify_md5(call, received.md5)
        # Others may have appended meanwhile.
        _check(call, received.length)
        before = call.blob()
        blob = call.store.blobs.append(before, Piece(received.name, received.length), call.now)
    headers |= {
        "x-ms-blob-append-offset": str(before.size),
        "x-ms-blob-committed-block-count": str(blob.appended),
    }
    return Response(201, version_headers(blob) | headers)


def _check(call: Call, length: int) -> None:
    """Raise unless so many bytes may be appended."""
    blob = call.blob()
    if blob.appended is None:
        raise StorageError(INVALID_BLOB_TYPE)
    check_changing(call, blob)
    if blob.appended >= _MOST_BLOCKS:
        raise StorageError(BLOCK_COUNT_EXCEEDS_LIMIT)
    position = _number(call, POSITION)
    if position is not None and position != blob.size:
        raise StorageError(APPEND_POSITION_CONDITION_NOT_MET)
    most = _number(call, MAX_SIZE)
    if most is not None and blob.size + length > most:
        raise StorageError(MAX_BLOB_SIZE_CONDITION_NOT_MET)


def _number(call: Call, header: str) -> int | None:
    given = call.request.headers.get(header)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit()):
        raise invalid_header(header, given)
    return int(given)
