"""What containers, blobs, metadata and blocks may be called.

After "Naming and referencing containers, blobs, and metadata". A blob's name is any text: it is
never used as a path.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from batchff.emulator.blob.protocol.errors import (
    INVALID_BLOB_OR_BLOCK,
    INVALID_METADATA,
    INVALID_RESOURCE_NAME,
    INVALID_URI,
    METADATA_TOO_LARGE,
    OUT_OF_RANGE_INPUT,
    StorageError,
    invalid_parameter,
    not_implemented,
)

MAX_BLOB_NAME = 1024
MAX_METADATA_BYTES = 8 * 1024
MAX_BLOCK_ID_BYTES = 64
_METADATA_PREFIX = "x-ms-meta-"
_CONTAINER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_METADATA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_container_name(name: str) -> None:
    """Raise StorageError unless a container can have this name."""
    if name in ("$root", "$logs", "$web"):
        raise not_implemented(f"the container {name}")
    if not _CONTAINER.fullmatch(name):
        raise StorageError(INVALID_RESOURCE_NAME)
    if not 3 <= len(name) <= 63:
        raise StorageError(OUT_OF_RANGE_INPUT)


def check_blob_name(name: str) -> None:
    """Raise StorageError unless a blob can have this name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise StorageError(INVALID_URI) from None
    if len(name) > MAX_BLOB_NAME:
        raise StorageError(OUT_OF_RANGE_INPUT)


def check_block_id(block_id: str) -> None:
    """A block id is base64 of at most 64 bytes."""
    try:
        decoded = base64.b64decode(block_id, validate=True)
    except (ValueError, binascii.Error):
        raise invalid_parameter("blockid", block_id) from None
    if not decoded:
        raise invalid_parameter("blockid", block_id)
    if len(decoded) > MAX_BLOCK_ID_BYTES:
        raise StorageError(INVALID_BLOB_OR_BLOCK)


def metadata_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The metadata among a request's headers, checked.

    Names come in lower case: servers of HTTP see them so.
    """
    metadata = {
        header.removeprefix(_METADATA_PREFIX): value
        for header, value in headers.items()
        if header.startswith(_METADATA_PREFIX)
    }
    for name, value in metadata.items():
        if not (_METADATA_NAME.fullmatch(name) and value.isascii()):
            raise StorageError(INVALID_METADATA, {"MetadataName": name})
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise StorageError(METADATA_TOO_LARGE)
    return metadata


def metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """Give metadata as headers."""
    return {f"{_METADATA_PREFIX}{name}": value for name, value in metadata.items()}
