"""Azure Blob Storage as the stages need it: files in, files out, listings and SAS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobServiceClient,
    ExponentialRetry,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.cloud.access import CLOCK_SKEW, Access, KeyAccess, TokenAccess
from batchff.cloud.blob_requests import BlobRequests, Target
from batchff.cloud.errors import expected_errors
from batchff.cloud.fetching import fetch_file
from batchff.cloud.listing import list_blobs
from batchff.cloud.sending import send_file
from batchff.cloud.turns import BytesDone, Traffic
from batchff.errors import ProfileError, ServiceError
from batchff.model import BlobInfo

if TYPE_CHECKING:
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.storage.blob import UserDelegationKey

_MIB = 1024 * 1024

# Where nobody answers, the user should hear of it soon.
_FIRST_CONTACT: Mapping[str, Any] = {"retry_connect": 1}

_DELEGATION_KEY_MARGIN = timedelta(hours=1)


def connect_storage(connection_string: str) -> Storage:
    """Return the storage that a connection string names, as Azurite's users have it."""
    text = connection_string.strip()
    try:
        parts = dict(part.split("=", 1) for part in text.strip(";").split(";"))
        account, key = parts["AccountName"], parts["AccountKey"]
        client = BlobServiceClient.from_connection_string(text, **_client_settings())
    except (KeyError, ValueError) as error:
        raise ProfileError(
            "storage_connection_string isn't one: it needs AccountName and AccountKey",
            hint="copy it whole from the Azure portal, under 'Access keys'",
        ) from error
    return Storage(client.url, account, client.credential, key=key)


class Storage:
    """The blobs of one storage account.

    Methods raise ServiceError, SignInError or NotFoundError.
    """

    def __init__(
        self,
        endpoint: str,
        account: str,
        credential: AzureNamedKeyCredential | TokenCredential,
        *,
        key: str | None = None,
    ) -> None:
        self.account = account
        self._key = key
        self._client = BlobServiceClient(endpoint, credential, **_client_settings())
        self._requests = BlobRequests(self._client.url, _access(account, credential, key))
        self._traffic = Traffic()
        self._delegation_key: UserDelegationKey | None = None
        self._delegation_key_expiry = datetime.min.replace(tzinfo=UTC)

    def ensure_container(self, name: str, stamp: Mapping[str, str]) -> None:
        """Make a container with the stamp as its metadata, unless it's there."""
        with expected_errors(f"container {name!r}"):
            try:
                self._client.create_container(name, metadata=dict(stamp), **_FIRST_CONTACT)
            except ResourceExistsError as error:
                if getattr(error, "error_code", None) == "ContainerBeingDeleted":
                    raise ServiceError(
                        f"container {name!r} is still being deleted",
                        hint="give the command again in a minute",
                    ) from error

    def container_metadata(self, name: str) -> Mapping[str, str] | None:
        """Return a container's metadata, or None where it doesn't exist."""
        with expected_errors(f"container {name!r}"):
            try:
                properties = self._client.get_container_client(name).get_container_properties()
            except ResourceNotFoundError:
                return None
            return dict(properties.metadata or {})

    def delete_container(self, name: str) -> None:
        """Delete a container and all in it; one that isn't there is fine."""
        with expected_errors(f"container {name!r}"):
            try:
                self._client.delete_container(name)
            except ResourceNotFoundError:
                return

    def list_blobs(
        self, container: str, prefix: str = "", *, metadata: bool = False
    ) -> Iterator[BlobInfo]:
        """Yield the blobs whose names begin with the prefix; none where there's no container."""
        return list_blobs(self._requests, container, prefix, metadata=metadata)

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
        return send_file(target, path, metadata, self._requests, self._traffic, bytes_done)

    def upload_bytes(
        self, container: str, blob: str, data: bytes, metadata: Mapping[str, str]
    ) -> None:
        """Send a small blob from memory, in place of what's there."""
        with expected_errors(f"uploading {blob!r}"):
            self._client.get_blob_client(container, blob).upload_blob(
                data, overwrite=True, metadata=dict(metadata)
            )

    def download_file(
        self,
        container: str,
        blob: str,
        path: Path,
        *,
        bytes_done: BytesDone,
        size: int | None = None,
    ) -> BlobInfo:
        """Write a blob's bytes to a file, which must be the caller's own to overwrite.

        Returns what the blob is, without its metadata. `size`, where a listing showed it, saves
        waiting for the first answer. Raises TransferError where what came isn't what was stored.
        """
        target = Target(container, blob, f"downloading {blob!r}")
        return fetch_file(target, path, size, self._requests, self._traffic, bytes_done)

    def read_end(self, container: str, blob: str, length: int) -> bytes | None:
        """Return at most the last `length` bytes of a blob, or None where it doesn't exist."""
        with expected_errors(f"reading {blob!r}"):
            client = self._client.get_blob_client(container, blob)
            try:
                size = client.get_blob_properties().size
                if size == 0:
                    return b""
                offset = max(0, size - length)
                return bytes(client.download_blob(offset=offset, length=length).readall())
            except ResourceNotFoundError:
                return None

    def blob_metadata(self, container: str, blob: str) -> Mapping[str, str] | None:
        """Return a blob's metadata, or None where it doesn't exist."""
        with expected_errors(f"reading {blob!r}"):
            try:
                properties = self._client.get_blob_client(container, blob).get_blob_properties()
            except ResourceNotFoundError:
                return None
            return dict(properties.metadata or {})

    def blob_info(self, container: str, blob: str) -> BlobInfo:
        """Return a blob as a listing would show it; raise NotFoundError where it doesn't exist."""
        with expected_errors(f"reading {blob!r}"):
            properties = self._client.get_blob_client(container, blob).get_blob_properties()
            md5 = properties.content_settings.content_md5
            return BlobInfo(
                blob,
                properties.size,
                properties.last_modified,
                bytes(md5) if md5 else None,
                dict(properties.metadata or {}),
            )

    def delete_blob(self, container: str, blob: str) -> None:
        """Delete a blob; one that isn't there is fine."""
        with expected_errors(f"deleting {blob!r}"):
            try:
                self._client.get_blob_client(container, blob).delete_blob()
            except ResourceNotFoundError:
                return

    def read_url(self, container: str, blob: str, *, lifetime: timedelta) -> str:
        """Return a URL that lets its bearer read one blob, for as long as `lifetime` from now."""
        start, expiry = _validity(lifetime)
        token = generate_blob_sas(
            self.account,
            container,
            blob,
            permission="r",
            start=start,
            expiry=expiry,
            **self._signer(start, expiry),
        )
        return f"{self._client.url.rstrip('/')}/{container}/{quote(blob, safe='~/')}?{token}"

    def write_url(self, container: str, *, lifetime: timedelta) -> str:
        """Return a URL that lets its bearer write blobs to a container, and nothing else."""
        start, expiry = _validity(lifetime)
        token = generate_container_sas(
            self.account,
            container,
            permission="cw",
            start=start,
            expiry=expiry,
            **self._signer(start, expiry),
        )
        return f"{self._client.get_container_client(container).url}?{token}"

    def _signer(self, start: datetime, expiry: datetime) -> dict[str, Any]:
        """Return what a SAS is signed with: the account's key or, without one, a delegated key."""
        if self._key is not None:
            return {"account_key": self._key}
        if self._delegation_key is None or self._delegation_key_expiry < expiry:
            # A SAS ends with the key it's signed with; the margin lets one key serve many.
            self._delegation_key_expiry = expiry + _DELEGATION_KEY_MARGIN
            with expected_errors("a user delegation key"):
                self._delegation_key = self._client.get_user_delegation_key(
                    start, self._delegation_key_expiry
                )
        return {"user_delegation_key": self._delegation_key}


def file_md5(path: Path, stop: Callable[[], bool] = lambda: False) -> bytes:
    """Return a file's MD5; `stop` is asked now and then, and ends it early with a wrong one."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while not stop() and (piece := file.read(_MIB)):
            digest.update(piece)
    return digest.digest()


def _access(
    account: str, credential: AzureNamedKeyCredential | TokenCredential, key: str | None
) -> Access:
    if key is not None:
        return KeyAccess(account, key)
    return TokenAccess(cast("TokenCredential", credential))


def _client_settings() -> dict[str, Any]:
    # The package's defaults wait 15 seconds before they try again.
    retry = ExponentialRetry(
        initial_backoff=1, increment_base=2, retry_total=4, random_jitter_range=1
    )
    return {"retry_policy": retry, "connection_timeout": 10}


def _validity(lifetime: timedelta) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - CLOCK_SKEW, now + lifetime
