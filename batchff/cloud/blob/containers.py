"""Containers, by the storage SDK. It's slow to import, so only rare requests use it.

Requests for blobs are in `requests`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobServiceClient,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.cloud.errors import error_code, expected_errors
from batchff.cloud.http.retry_policies import STORAGE_SDK
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.http.sdk_retries import SdkRetries
from batchff.cloud.http.transport import Transport
from batchff.errors import ServiceError
from batchff.model.files import ContainerInfo
from batchff.model.stamp import is_ours

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineRequest, PipelineResponse
    from azure.core.rest import HttpRequest, HttpResponse
    from azure.storage.blob import ContainerProperties, UserDelegationKey

    from batchff.cloud.sign_in.identity import Identity

_PRIMARY = "primary"


class BlobService:
    """The containers of one account, and SAS by a delegated key."""

    def __init__(
        self,
        endpoint: str,
        account: str,
        key: str | None,
        identity: Identity | None,
        retrying: Retrying,
    ) -> None:
        self._account = account
        self._client = BlobServiceClient(
            endpoint,
            identity if key is None else AzureNamedKeyCredential(account, key),
            retry_policy=_StorageRetries(STORAGE_SDK, retrying),
            transport=Transport(),
        )
        self._delegation: _Delegation | None = None
        self._delegation_lock = threading.Lock()

    def create_container(self, name: str, stamp: Mapping[str, str]) -> None:
        """Make a container with the stamp as its metadata, unless it exists."""
        with expected_errors(f"container {name!r}"):
            try:
                self._client.create_container(name, metadata=dict(stamp))
            except ResourceExistsError as error:
                if error_code(error) == "ContainerBeingDeleted":
                    raise ServiceError(
                        f"container {name!r} is still being deleted",
                        hint="give the command again in a minute",
                        code="ContainerBeingDeleted",
                    ) from error

    def containers(self) -> Iterator[ContainerInfo]:
        """Yield the account's containers."""
        with expected_errors("listing containers"):
            for properties in self._client.list_containers(include_metadata=True):
                yield _container_info(properties)

    def container(self, name: str) -> ContainerInfo | None:
        """Return a container, or None where it doesn't exist."""
        with expected_errors(f"container {name!r}"):
            try:
                properties = self._client.get_container_client(name).get_container_properties()
            except ResourceNotFoundError:
                return None
            return _container_info(properties)

    def delete_container(self, name: str, unmodified_since: datetime | None) -> None:
        """Delete a container and all in it; one that doesn't exist, or is being deleted, is fine.

        One whose own properties were changed since that time stays: ServiceError, ConditionNotMet.
        """
        with expected_errors(f"deleting container {name!r}"):
            try:
                self._client.delete_container(name, if_unmodified_since=unmodified_since)
            except ResourceNotFoundError:
                return
            except HttpResponseError as error:
                if error_code(error) != "ContainerBeingDeleted":
                    raise

    def delegated_sas(
        self, container: str, blob: str, *, permission: str, start: datetime, expiry: datetime
    ) -> str:
        """Return a SAS for a blob or, without one, for a container, signed with a delegated key.

        One key serves all that ends no later than it does, from any thread.
        """
        delegation = self._delegation_until(start, expiry)
        facts: dict[str, Any] = {
            "user_delegation_key": delegation.key,
            "permission": permission,
            "start": max(start, delegation.start),
            "expiry": expiry,
        }
        if blob:
            return str(generate_blob_sas(self._account, container, blob, **facts))
        return str(generate_container_sas(self._account, container, **facts))

    def _delegation_until(self, start: datetime, expiry: datetime) -> _Delegation:
        with self._delegation_lock:
            if self._delegation is None or self._delegation.expiry < expiry:
                with expected_errors("a user delegation key"):
                    key = self._client.get_user_delegation_key(start, expiry)
                self._delegation = _Delegation(key, start, expiry)
            return self._delegation


class _StorageRetries(SdkRetries):
    """Our retries for this package; its own also choose between two hosts, which we never do."""

    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        for option in ("hosts", "location_mode", "retry_hook", "retry_to_secondary"):
            request.context.options.pop(option, None)
        response = super().send(request)
        setattr(response.http_response, "location_mode", _PRIMARY)  # noqa: B010
        return response


@dataclass(frozen=True, slots=True)
class _Delegation:
    """A key that signs SAS for an identity; they end when it does."""

    key: UserDelegationKey = field(repr=False)
    start: datetime
    expiry: datetime


def _container_info(properties: ContainerProperties) -> ContainerInfo:
    metadata = dict(properties.metadata or {})
    return ContainerInfo(
        properties.name,
        properties.last_modified,
        properties.etag.strip('"'),
        metadata,
        is_ours(metadata),
    )
