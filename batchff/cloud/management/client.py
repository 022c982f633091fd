"""The management plane: which Batch accounts there are, what they may use, pools with an identity.

It needs Entra ID, whatever the profile signs in with, and the optional extra `management`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from batchff.cloud.errors import expected_errors
from batchff.cloud.http.retry_policies import MANAGEMENT
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.management.account import (
    BatchAccount,
    Permission,
    StorageAccount,
    VmSize,
    batch_account,
    permission,
    storage_account,
    vm_size,
)
from batchff.cloud.management.pool import managed_pool
from batchff.cloud.sign_in.clouds import cloud_at
from batchff.errors import BatchffError, NotFoundError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.batch import BatchManagementClient

_SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
_STORAGE_VERSION = "2023-05-01"
_AUTHORIZATION_VERSION = "2022-04-01"

FindAccount = Callable[[], "tuple[Management, BatchAccount] | None"]
"""Finds a profile's Batch account on the management plane; None for one that isn't Azure's."""


class Management:
    """The management plane as one identity sees it.

    Methods raise ServiceError, SignInError or NotFoundError, and BatchffError where the extra isn't
    installed.
    """

    def __init__(
        self,
        credential: TokenCredential,
        address: str,
        *,
        subscription: str | None = None,
        retrying: Retrying | None = None,
    ) -> None:
        self._credential = credential
        self._address = address.rstrip("/")
        cloud = cloud_at(self._address)
        self._audience = cloud.management_audience if cloud else self._address
        self._subscription = subscription
        self._retrying = retrying or Retrying()
        self._clients: dict[str, BatchManagementClient] = {}

    def accounts(self) -> Iterator[BatchAccount]:
        """Yield the Batch accounts of the subscription, or of all that the identity sees."""
        subscriptions = [self._subscription] if self._subscription else self._subscriptions()
        for subscription in subscriptions:
            with expected_errors(f"the Batch accounts of subscription {subscription}"):
                for account in self._client(subscription).batch_account.list():
                    yield batch_account(account)

    def account(self, name: str, *, resource_group: str | None = None) -> BatchAccount:
        """Return the Batch account of that name; raise NotFoundError where none is seen."""
        if self._subscription and resource_group:
            with expected_errors(f"Batch account {name!r}"):
                found = self._client(self._subscription).batch_account.get(resource_group, name)
                return batch_account(found)
        for account in self.accounts():
            if account.name == name:
                return account
        raise NotFoundError(
            f"no subscription that you see has a Batch account {name!r}",
            hint="it takes the role Reader on the account; "
            "where it's in another tenant, set tenant_id and subscription in the profile",
        )

    def vm_sizes(self, account: BatchAccount) -> Iterator[VmSize]:
        """Yield the VM sizes that Batch offers where the account is."""
        with expected_errors(f"the VM sizes of {account.location}"):
            client = self._client(account.subscription)
            for size in client.location.list_supported_virtual_machine_skus(account.location):
                yield vm_size(size)

    def storage_account(self, name: str, account: BatchAccount) -> StorageAccount | None:
        """Return a storage account of a Batch account's subscription; None where none is seen."""
        path = f"/subscriptions/{account.subscription}/providers/Microsoft.Storage/storageAccounts"
        with expected_errors(f"storage account {name!r}"):
            for found in self._listed(f"{path}?api-version={_STORAGE_VERSION}"):
                if found["name"] == name:
                    return storage_account(found["id"], found["properties"])
        return None

    def permissions(self, resource: str) -> list[Permission]:
        """Return what the identity may do with a resource, whose id is given."""
        path = f"{resource}/providers/Microsoft.Authorization/permissions"
        with expected_errors(f"the permissions on {resource.rpartition('/')[2]!r}"):
            listed = self._listed(f"{path}?api-version={_AUTHORIZATION_VERSION}")
            return [permission(found) for found in listed]

    def create_pool(
        self, account: BatchAccount, pool: str, options: Mapping[str, Any], identity: str
    ) -> bool:
        """Ask for a pool whose nodes have an identity; False where one of that id exists.

        `options` are the body of the Batch service's Add Pool.
        """
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

        body = managed_pool(options, [identity])
        with expected_errors(f"pool {pool!r}"):
            try:
                self._client(account.subscription).pool.create(
                    account.resource_group,
                    account.name,
                    pool,
                    body,
                    match_condition=MatchConditions.IfMissing,
                )
            except (ResourceExistsError, ResourceModifiedError):
                return False
            return True

    def _subscriptions(self) -> Iterator[str]:
        with expected_errors("your subscriptions"):
            for subscription in self._listed(_SUBSCRIPTIONS):
                if str(subscription.get("state")).lower() != "deleted":
                    yield subscription["subscriptionId"]

    def _listed(self, address: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list for which the package has no method."""
        from azure.core.rest import HttpRequest

        next_page: str | None = address
        while next_page:
            response = self._client("-").send_request(HttpRequest("GET", next_page))
            response.raise_for_status()
            page: dict[str, Any] = response.json()
            yield from page["value"]
            next_page = page.get("nextLink")

    def _client(self, subscription: str) -> BatchManagementClient:
        if subscription not in self._clients:
            from batchff.cloud.http.sdk_retries import SdkRetries  # slow to import, as the next is
            from batchff.cloud.http.transport import Transport  # slow to import

            self._clients[subscription] = _package().BatchManagementClient(
                self._credential,
                subscription,
                self._address,
                credential_scopes=[f"{self._audience}/.default"],
                retry_policy=SdkRetries(MANAGEMENT, self._retrying),
                transport=Transport(),
            )
        return self._clients[subscription]


def _package() -> Any:
    try:
        from azure.mgmt import batch
    except ImportError as error:
        raise BatchffError(
            "this needs the optional part 'management'",
            hint="run: pip install 'batchff[management]'",
        ) from error
    return batch
