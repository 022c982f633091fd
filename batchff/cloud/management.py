"""The management plane: which Batch accounts there are, what they may use, pools with an identity.

It needs Entra ID, whatever the profile signs in with, and the optional extra `management`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from batchff.cloud.errors import expected_errors
from batchff.cloud.managed_pool import managed_pool
from batchff.errors import BatchffError, NotFoundError, ProfileError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.batch import BatchManagementClient, models

_SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
_STORAGE_VERSION = "2023-05-01"
_AUTHORIZATION_VERSION = "2022-04-01"

# DD.HH:MM:SS, as "Configure an expiration policy for shared access signatures" has it.
_PERIOD = re.compile(r"(?P<days>\d+)\.(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+)")

_CLOUDS: Mapping[str, tuple[str, str]] = {
    "batch.azure.com": ("https://management.azure.com", "https://management.azure.com"),
    "batch.chinacloudapi.cn": (
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
    ),
    "batch.usgovcloudapi.net": (
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
    ),
}
"""By Batch accounts' hosts: where a cloud's management plane is, and whom its tokens are for."""


@dataclass(frozen=True, slots=True)
class BatchAccount:
    """A Batch account. A quota is None where the service says none, as with the user's own VMs.

    `family_quotas` are cores by VM family; None where only their sum, `dedicated_cores`, counts.
    """

    id: str
    name: str
    location: str
    endpoint: str
    storage_account: str | None
    dedicated_cores: int | None
    family_quotas: Mapping[str, int] | None
    spot_cores: int | None
    pools: int | None
    active_jobs: int | None
    takes_keys: bool

    @property
    def subscription(self) -> str:
        return self.id.split("/")[2]

    @property
    def resource_group(self) -> str:
        return self.id.split("/")[4]


@dataclass(frozen=True, slots=True)
class VmSize:
    """A VM size that Batch offers at a location; `end` is when it no longer will."""

    name: str
    family: str
    cores: int | None
    end: date | None


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """What a storage account says of keys and SAS; `sas_period` is how long one may live."""

    id: str
    takes_keys: bool
    sas_period: timedelta | None
    sas_blocked: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role lets its bearer do: operations' names, with wildcards."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    data_actions: tuple[str, ...]
    not_data_actions: tuple[str, ...]


FindAccount = Callable[[], "tuple[Management, BatchAccount] | None"]
"""Finds a profile's Batch account on the management plane; None for one that isn't Azure's."""


def management_address(batch_endpoint: str | None) -> str | None:
    """Return the management plane's address for an account; None for one that isn't Azure's.

    Without an account it is the public cloud's.
    """
    if batch_endpoint is None:
        return _CLOUDS["batch.azure.com"][0]
    text = batch_endpoint if "://" in batch_endpoint else f"https://{batch_endpoint}"
    cloud = ".".join((urlsplit(text).hostname or "").split(".")[-3:])
    return _CLOUDS[cloud][0] if cloud in _CLOUDS else None


class Management:
    """The management plane as one identity sees it.

    Methods raise ServiceError, SignInError or NotFoundError, and BatchffError where the extra isn't
    installed.
    """

    def __init__(
        self, credential: TokenCredential, address: str, *, subscription: str | None = None
    ) -> None:
        self._credential = credential
        self._address = address.rstrip("/")
        self._audience = next(
            (audience for known, audience in _CLOUDS.values() if known == self._address),
            self._address,
        )
        self._subscription = subscription
        self._clients: dict[str, BatchManagementClient] = {}

    def accounts(self) -> Iterator[BatchAccount]:
        """Yield the Batch accounts of the subscription, or of all that the identity sees."""
        subscriptions = [self._subscription] if self._subscription else self._subscriptions()
        for subscription in subscriptions:
            with expected_errors(f"the Batch accounts of subscription {subscription}"):
                for account in self._client(subscription).batch_account.list():
                    yield _batch_account(account)

    def account(self, name: str, *, resource_group: str | None = None) -> BatchAccount:
        """Return the Batch account of that name; raise NotFoundError where none is seen."""
        if self._subscription and resource_group:
            with expected_errors(f"Batch account {name!r}"):
                found = self._client(self._subscription).batch_account.get(resource_group, name)
                return _batch_account(found)
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
                yield _vm_size(size)

    def storage_account(self, name: str, account: BatchAccount) -> StorageAccount | None:
        """Return a storage account of a Batch account's subscription; None where none is seen."""
        path = f"/subscriptions/{account.subscription}/providers/Microsoft.Storage/storageAccounts"
        address: str | None = f"{path}?api-version={_STORAGE_VERSION}"
        with expected_errors(f"storage account {name!r}"):
            while address:
                page = self._read(address)
                for found in page["value"]:
                    if found["name"] == name:
                        return _storage_account(found["id"], found["properties"])
                address = page.get("nextLink")
        return None

    def permissions(self, resource: str) -> list[Permission]:
        """Return what the identity may do with a resource, whose id is given."""
        path = f"{resource}/providers/Microsoft.Authorization/permissions"
        with expected_errors(f"the permissions on {resource.rpartition('/')[2]!r}"):
            page = self._read(f"{path}?api-version={_AUTHORIZATION_VERSION}")
            return [_permission(found) for found in page["value"]]

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
        address: str | None = _SUBSCRIPTIONS
        with expected_errors("your subscriptions"):
            while address:
                page = self._read(address)
                for subscription in page["value"]:
                    if subscription.get("state") != "Deleted":
                        yield subscription["subscriptionId"]
                address = page.get("nextLink")

    def _read(self, address: str) -> dict[str, Any]:
        """Return the answer to a GET that isn't Batch's, and so has no method in the package."""
        from azure.core.rest import HttpRequest

        response = self._client("-").send_request(HttpRequest("GET", address))
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found

    def _client(self, subscription: str) -> BatchManagementClient:
        if subscription not in self._clients:
            self._clients[subscription] = _package().BatchManagementClient(
                self._credential,
                subscription,
                self._address,
                credential_scopes=[f"{self._audience}/.default"],
                retry_total=2,
                retry_connect=1,
                connection_timeout=10,
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


def _batch_account(account: models.BatchAccount) -> BatchAccount:
    properties = account.properties
    if properties is None or not account.id:
        raise ProfileError(f"Batch account {account.name!r} tells nothing of itself")
    storage = properties.auto_storage
    families = None
    if properties.dedicated_core_quota_per_vm_family_enforced:
        families = {
            quota.name or "": quota.core_quota or 0
            for quota in properties.dedicated_core_quota_per_vm_family or ()
        }
    modes = properties.allowed_authentication_modes
    return BatchAccount(
        id=account.id,
        name=account.name or "",
        location=account.location or "",
        endpoint=f"https://{properties.account_endpoint}",
        storage_account=storage.storage_account_id.rpartition("/")[2] if storage else None,
        dedicated_cores=properties.dedicated_core_quota,
        family_quotas=families,
        spot_cores=properties.low_priority_core_quota,
        pools=properties.pool_quota,
        active_jobs=properties.active_job_and_job_schedule_quota,
        takes_keys=modes is None or "SharedKey" in modes,
    )


def _vm_size(size: models.SupportedSku) -> VmSize:
    cores = [item.value for item in size.capabilities or () if item.name == "vCPUs"]
    end = size.batch_support_end_of_life
    return VmSize(
        name=size.name or "",
        family=size.family_name or "",
        cores=int(cores[0]) if cores and cores[0] else None,
        end=end.date() if end else None,
    )


def _storage_account(resource: str, properties: Mapping[str, Any]) -> StorageAccount:
    policy = properties.get("sasPolicy") or {}
    period = _PERIOD.fullmatch(policy.get("sasExpirationPeriod", ""))
    return StorageAccount(
        id=resource,
        takes_keys=properties.get("allowSharedKeyAccess", True) is not False,
        sas_period=timedelta(**{unit: int(count) for unit, count in period.groupdict().items()})
        if period
        else None,
        sas_blocked=policy.get("expirationAction") == "Block",
    )


def _permission(found: Mapping[str, Any]) -> Permission:
    names = ("actions", "notActions", "dataActions", "notDataActions")
    return Permission(*(tuple(found.get(name) or ()) for name in names))
