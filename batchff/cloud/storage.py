"""Azure Blob Storage as the stages need it: uploads, downloads, listings and SAS."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from batchff.cloud.blob.bandwidth import BytesDone, Traffic
from batchff.cloud.blob.compose import Composer, Source
from batchff.cloud.blob.download import Memory, fetch_file
from batchff.cloud.blob.list import has_container, list_blobs, list_folders
from batchff.cloud.blob.read import read_end, read_info, read_piece
from batchff.cloud.blob.requests import BlobRequests, Target
from batchff.cloud.blob.sas import key_sas
from batchff.cloud.blob.signing import (
    CLOCK_SKEW,
    LONGEST_DELEGATION,
    Access,
    KeyAccess,
    SasAccess,
    TokenAccess,
)
from batchff.cloud.blob.upload import OCTETS, metadata_headers, send_bytes, send_file
from batchff.cloud.http.retrying import Retrying
from batchff.errors import NotFoundError, ProfileError
from batchff.model.byte_ranges import Part
from batchff.model.files import BlobInfo, ContainerInfo

if TYPE_CHECKING:
    from batchff.cloud.blob.containers import BlobService
    from batchff.cloud.sign_in.identity import Identity

_MIB = 1024 * 1024


def connect_storage(connection_string: str, retrying: Retrying | None = None) -> Storage:
    """Return the storage that a connection string names, as Azurite's users have it."""
    try:
        parts = dict(part.split("=", 1) for part in connection_string.strip(" \n;").split(";"))
        account, key = parts["AccountName"], parts["AccountKey"]
        b64decode(key, validate=True)
        scheme = parts.get("DefaultEndpointsProtocol", "https")
        suffix = parts.get("EndpointSuffix", "core.windows.net")
        endpoint = parts.get("BlobEndpoint") or f"{scheme}://{account}.blob.{suffix}"
        if not urlsplit(endpoint).hostname:
            raise ValueError(endpoint)
    except (KeyError, ValueError, binascii.Error) as error:
        raise ProfileError(
            "storage_connection_string isn't one: it needs AccountName and AccountKey",
            hint="copy it whole from the Azure portal, under 'Access keys'",
        ) from error
    return Storage(endpoint, account, key=key, retrying=retrying)


class Storage:
    """The blobs of one storage account, by its key or by an identity.

    With a SAS that was given, its blobs can be listed and read, and no more: nothing is made, not
    even another SAS. Methods raise ServiceError, SignInError or NotFoundError.
    """

    def __init__(
        self,
        endpoint: str,
        account: str,
        *,
        key: str | None = None,
        identity: Identity | None = None,
        sas: str = "",
        retrying: Retrying | None = None,
    ) -> None:
        assert key is not None or identity is not None or sas
        self.account = account
        self._endpoint = endpoint.rstrip("/")
        self._key = key
        self._identity = identity
        self._given_sas = sas
        access: Access = SasAccess(sas)
        if not sas:
            access = TokenAccess(identity) if identity else KeyAccess(account, key or "")
        self._retrying = retrying or Retrying()
        self._requests = BlobRequests(self._endpoint, access, self._retrying)
        # Downloads don't wait for uploads, nor uploads for downloads.
        self._sending, self._fetching = Traffic(), Traffic()
        self._memory = Memory()
        self._composer = Composer(self._requests, self._sending)

    def opened_by(self, endpoint: str, sas: str) -> Storage:
        """Return another account's storage, as a SAS opens it; it's as patient as this one."""
        account = urlsplit(endpoint).path.strip("/") or (urlsplit(endpoint).hostname or "")
        return Storage(endpoint, account, sas=sas, retrying=self._retrying)

    @cached_property
    def _service(self) -> BlobService:
        from batchff.cloud.blob.containers import BlobService

        return BlobService(self._endpoint, self.account, self._key, self._identity, self._retrying)

    def ensure_container(self, name: str, stamp: Mapping[str, str]) -> None:
        """Make a container with the stamp as its metadata, unless it exists."""
        if not has_container(self._requests, name):
            self._service.create_container(name, stamp)

    def has_container(self, name: str) -> bool:
        """Return whether a container exists, by listing a blob of it."""
        return has_container(self._requests, name)

    def containers(self) -> Iterator[ContainerInfo]:
        """Yield the account's containers."""
        return self._service.containers()

    def container(self, name: str) -> ContainerInfo | None:
        """Return a container, or None where it doesn't exist."""
        return self._service.container(name)

    def delete_container(self, name: str, *, unmodified_since: datetime | None = None) -> None:
        """Delete a container and all in it; one that doesn't exist, or is being deleted, is fine.

        One whose own properties were changed since that time stays: ServiceError, ConditionNotMet.
        """
        self._service.delete_container(name, unmodified_since)

    def list_blobs(
        self, container: str, prefix: str = "", *, metadata: bool = False
    ) -> Iterator[BlobInfo]:
        """Yield the blobs whose names begin with the prefix; none where there's no container."""
        return list_blobs(self._requests, container, prefix, metadata=metadata)

    def list_folders(self, container: str, prefix: str) -> Iterator[str]:
        """Yield the folders whose names begin with the prefix, each with a slash at its end.

        There are none where there's no container.
        """
        return list_folders(self._requests, container, prefix)

    def upload_file(
        self,
        container: str,
        blob: str,
        path: Path,
        *,
        metadata: Mapping[str, str],
        bytes_done: BytesDone,
    ) -> bytes:
        """Send a file; return its MD5, which is stored with the blob.

        Files that are large are sent in the order of the calls, few at a time. Blocks that an
        earlier attempt left are taken, if the file's size and modification time are the same.
        """
        target = Target(container, blob, f"uploading {blob!r}")
        return send_file(target, path, metadata, self._requests, self._sending, bytes_done)

    def upload_bytes(
        self, container: str, blob: str, data: bytes, metadata: Mapping[str, str]
    ) -> None:
        """Send a small blob from memory, in place of what's there."""
        target = Target(container, blob, f"uploading {blob!r}")
        send_bytes(target, data, metadata, self._requests)

    def compose(
        self,
        container: str,
        blob: str,
        source: tuple[str, str],
        parts: Sequence[Part],
        metadata: Mapping[str, str],
        content_type: str = "",
        *,
        source_storage: Storage | None = None,
        source_etag: str = "",
        bytes_done: BytesDone = lambda _: None,
    ) -> None:
        """Put a blob together of bytes, and of ranges of another blob, which the service copies.

        `source` is the other blob's container and name, in this account or in that of
        `source_storage`; with its ETag, a source that has another one is refused. The blob takes
        the place of what's there, and has no MD5. Raises ValueError for more than 50,000 parts.
        """
        target = Target(container, blob, f"putting {blob!r} together")
        owner = source_storage or self
        url = partial(owner._short_url, *source)
        read_from = Source(_reading(*source), url, owner._requests, source_etag)
        headers = {
            "x-ms-blob-content-type": content_type or OCTETS,
            **metadata_headers(metadata),
        }
        self._composer.compose(target, read_from, parts, headers, bytes_done)

    def download_file(
        self,
        container: str,
        blob: str,
        file: FileIO,
        *,
        bytes_done: BytesDone,
        size: int | None = None,
    ) -> BlobInfo:
        """Write a blob's bytes to a file that is open and empty; return what the blob is.

        `size`, where a listing showed it, saves waiting for the first answer. Raises TransferError
        where the file then doesn't hold what was stored.
        """
        target = Target(container, blob, f"downloading {blob!r}")
        return fetch_file(
            target, file, size, self._requests, self._fetching, self._memory, bytes_done
        )

    def read_end(self, container: str, blob: str, length: int) -> bytes | None:
        """Return at most the last `length` bytes of a blob, or None where it doesn't exist."""
        return read_end(_reading(container, blob), length, self._requests)

    def read_piece(self, container: str, blob: str, start: int, length: int) -> bytes | None:
        """Return at most so many bytes of a blob from one on, or None where it doesn't exist."""
        return read_piece(_reading(container, blob), start, length, self._requests)

    def blob_info(self, container: str, blob: str) -> BlobInfo:
        """Return a blob as a listing would show it; raise NotFoundError where it doesn't exist."""
        return read_info(_reading(container, blob), self._requests)

    def delete_blob(self, container: str, blob: str, *, etag: str = "") -> None:
        """Delete a blob; one that isn't there is fine.

        With an ETag, one that has another stays: ServiceError, ConditionNotMet.
        """
        target = Target(container, blob, f"deleting {blob!r}")
        headers = {"If-Match": f'"{etag}"'} if etag else {}
        with suppress(NotFoundError):
            self._requests.send(target, "DELETE", headers=headers)

    @property
    def endpoint(self) -> str:
        """The URL of the account's Blob service, without a slash at its end."""
        return self._endpoint

    @property
    def longest_sas(self) -> timedelta | None:
        """How long from now a SAS can be good at most; None for any length."""
        return None if self._key is not None else LONGEST_DELEGATION - CLOCK_SKEW

    def url(self, container: str, blob: str = "") -> str:
        """Return the URL of a container or blob; it authorizes nobody by itself."""
        return f"{self._endpoint}/{container}" + (f"/{quote(blob, safe='~/')}" if blob else "")

    def read_url(self, container: str, blob: str, *, expiry: datetime) -> str:
        """Return a URL that lets its bearer read one blob."""
        token = self._sas(container, blob, "r", expiry)
        return f"{self.url(container, blob)}?{token}"

    def read_container_url(self, container: str, *, expiry: datetime) -> str:
        """Return a URL that lets its bearer list and read the blobs of a container."""
        return f"{self.url(container)}?{self._sas(container, '', 'rl', expiry)}"

    def write_url(self, container: str, *, expiry: datetime) -> str:
        """Return a URL that lets its bearer write blobs to a container, and nothing else."""
        return f"{self.url(container)}?{self._sas(container, '', 'cw', expiry)}"

    def _short_url(self, container: str, blob: str) -> str:
        """Return a URL that lets its bearer read one blob for at least half an hour from now.

        It's good for an hour at most, or has the SAS that was given. Half an hour's URLs end
        together, so that one delegated key signs them.
        """
        if self._given_sas:
            return f"{self.url(container, blob)}?{self._given_sas}"
        now = datetime.now(UTC)
        half = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
        return self.read_url(container, blob, expiry=half + timedelta(hours=1))

    def _sas(self, container: str, blob: str, permission: str, expiry: datetime) -> str:
        # It begins at a full minute, so that all SAS of a job have the same times.
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        start = min(now, expiry) - CLOCK_SKEW
        if self._key is None:
            return self._service.delegated_sas(
                container, blob, permission=permission, start=start, expiry=expiry
            )
        return key_sas(
            *(self.account, self._key, container, blob),
            permission=permission,
            start=start,
            expiry=expiry,
        )


def _reading(container: str, blob: str) -> Target:
    return Target(container, blob, f"reading {blob!r}")


def file_md5(path: Path, stop: Callable[[], bool] = lambda: False) -> bytes:
    """Return a file's MD5; `stop` is asked now and then, and ends it early with a wrong one."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while not stop() and (piece := file.read(_MIB)):
            digest.update(piece)
    return digest.digest()
