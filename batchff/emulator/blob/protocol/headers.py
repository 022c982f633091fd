"""Headers that carry what a container or blob is, in requests and in answers."""

from __future__ import annotations

import base64
import binascii
from dataclasses import fields, replace
from email.utils import formatdate
from functools import lru_cache

from batchff.emulator.blob.protocol.errors import INVALID_MD5, StorageError, invalid_header
from batchff.emulator.blob.protocol.leases import lease_facts
from batchff.emulator.blob.protocol.names import metadata_headers
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.store.leases import Lease
from batchff.emulator.blob.store.records import Blob, Container, Properties

DEFAULT_TIER, ARCHIVE = "Hot", "Archive"
TIER = "x-ms-access-tier"
_TIERS = {tier.lower(): tier for tier in (DEFAULT_TIER, "Cool", "Cold", ARCHIVE)}
DEFAULT_CONTENT_TYPE = "application/octet-stream"
_STANDARD_HEADERS = {f.name: f.name.replace("_", "-") for f in fields(Properties)}
_MS_HEADERS = {name: f"x-ms-blob-{header}" for name, header in _STANDARD_HEADERS.items()}
PROPERTIES = frozenset(_MS_HEADERS.values())


@lru_cache(1024)
def http_date(seconds: int) -> str:
    """Write a time, in seconds since 1970, as headers have it."""
    return formatdate(seconds, usegmt=True)


def version_headers(what: Blob | Container) -> dict[str, str]:
    """The ETag and time that a write answers with, and every read."""
    return {"etag": f'"{what.etag}"', "last-modified": http_date(what.modified)}


def container_headers(container: Container, now: int) -> dict[str, str]:
    """Give the headers that describe a container at a time."""
    return {
        **version_headers(container),
        **metadata_headers(container.metadata),
        **_lease_headers(container.lease, now),
        "x-ms-has-immutability-policy": "false",
        "x-ms-has-legal-hold": "false",
    }


def blob_headers(blob: Blob, now: int) -> dict[str, str]:
    """The headers of Get Blob and Get Blob Properties at a time, without the length."""
    headers = {
        **version_headers(blob),
        **metadata_headers(blob.metadata),
        **_property_headers(blob.properties),
        "accept-ranges": "bytes",
        "x-ms-creation-time": http_date(blob.created),
        **_lease_headers(blob.lease, now),
        "x-ms-server-encrypted": "true",
        **_type_headers(blob),
    }
    if blob.copy:
        headers |= {
            "x-ms-copy-id": blob.copy.id,
            "x-ms-copy-source": blob.copy.source,
            "x-ms-copy-status": "success",
            "x-ms-copy-progress": f"{blob.size}/{blob.size}",
            "x-ms-copy-completion-time": http_date(blob.copy.completed),
        }
    return headers


def _lease_headers(lease: Lease | None, now: int) -> dict[str, str]:
    return {f"x-ms-lease-{name}": value for name, value in lease_facts(lease, now).items()}


def _type_headers(blob: Blob) -> dict[str, str]:
    """What only a blob of its type has."""
    if blob.appended is not None:
        return {
            "x-ms-blob-type": "AppendBlob",
            "x-ms-blob-committed-block-count": str(blob.appended),
        }
    headers = {"x-ms-blob-type": "BlockBlob", TIER: blob.tier or DEFAULT_TIER}
    if blob.tier_changed is None:
        return headers | {f"{TIER}-inferred": "true"}
    return headers | {f"{TIER}-change-time": http_date(blob.tier_changed)}


def properties_of(request: Request) -> Properties:
    """The properties that a request sets by its x-ms-blob- headers."""
    given = {name: request.headers.get(header) for name, header in _MS_HEADERS.items()}
    if given["content_md5"] is not None:
        md5_digest(given["content_md5"])
    return Properties(**given)


def properties_of_upload(request: Request) -> Properties:
    """The properties that Put Blob sets: also by the standard headers of its body."""
    given = properties_of(request)
    return replace(
        given,
        content_type=given.content_type
        or request.headers.get("content-type")
        or DEFAULT_CONTENT_TYPE,
        content_encoding=given.content_encoding or request.headers.get("content-encoding"),
        content_language=given.content_language or request.headers.get("content-language"),
        cache_control=given.cache_control or request.headers.get("cache-control"),
    )


def tier_of(request: Request) -> str | None:
    """The tier that a request chooses for a block blob; None where it doesn't."""
    given = request.headers.get(TIER)
    if given is None:
        return None
    if given.lower() not in _TIERS:
        raise invalid_header(TIER, given)
    return _TIERS[given.lower()]


def md5_digest(text: str) -> bytes:
    """The digest that an MD5 header carries in base64."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise StorageError(INVALID_MD5) from None
    if len(digest) != 16:
        raise StorageError(INVALID_MD5)
    return digest


def md5_text(digest: bytes) -> str:
    """Write an MD5 digest as headers have it."""
    return base64.b64encode(digest).decode()


def _property_headers(properties: Properties) -> dict[str, str]:
    values = ((header, getattr(properties, name)) for name, header in _STANDARD_HEADERS.items())
    return {header: value for header, value in values if value}
