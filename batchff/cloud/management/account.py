"""What the management plane says of accounts: quotas, VM sizes, storage and permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from batchff.errors import ProfileError

if TYPE_CHECKING:
    from azure.mgmt.batch import models

# DD.HH:MM:SS, as "Configure an expiration policy for shared access signatures" has it.
_PERIOD = re.compile(r"(?P<days>\d+)\.(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+)")


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
        """The subscription that the account is in."""
        return self.id.split("/")[2]

    @property
    def resource_group(self) -> str:
        """The resource group that the account is in."""
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


def batch_account(account: models.BatchAccount) -> BatchAccount:
    """Return a Batch account in our terms; raise ProfileError for one without properties."""
    properties = account.properties
    if properties is None or not account.id:
        raise ProfileError(f"Batch account {account.name!r} has no properties")
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


def vm_size(size: models.SupportedSku) -> VmSize:
    """Return a VM size in our terms."""
    cores = [item.value for item in size.capabilities or () if item.name == "vCPUs"]
    end = size.batch_support_end_of_life
    return VmSize(
        name=size.name or "",
        family=size.family_name or "",
        cores=int(cores[0]) if cores and cores[0] else None,
        end=end.date() if end else None,
    )


def storage_account(resource: str, properties: Mapping[str, Any]) -> StorageAccount:
    """Return a storage account of its resource id and its properties."""
    policy = properties.get("sasPolicy") or {}
    period = _PERIOD.fullmatch(policy.get("sasExpirationPeriod", ""))
    return StorageAccount(
        id=resource,
        takes_keys=properties.get("allowSharedKeyAccess", True) is not False,
        sas_period=timedelta(**{unit: int(count) for unit, count in period.groupdict().items()})
        if period
        else None,
        sas_blocked=str(policy.get("expirationAction")).lower() == "block",
    )


def permission(found: Mapping[str, Any]) -> Permission:
    """Return a permission in our terms."""
    names = ("actions", "notActions", "dataActions", "notDataActions")
    return Permission(*(tuple(found.get(name) or ()) for name in names))
