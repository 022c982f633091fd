from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from azure.mgmt.batch import models

from batchff.cloud.management.account import (
    Permission,
    StorageAccount,
    VmSize,
    permission,
    storage_account,
    vm_size,
)
from batchff.cloud.management.account import batch_account as read_account
from batchff.errors import ProfileError
from tests.cloud.management.arm import ACCOUNT_ID, GROUP, SUBSCRIPTION, batch_account


def test_an_accounts_quotas_and_place_are_read() -> None:
    account = read_account(models.BatchAccount(batch_account("studio")))
    assert (account.id, account.subscription, account.resource_group) == (
        ACCOUNT_ID,
        SUBSCRIPTION,
        GROUP,
    )
    assert account.endpoint == "https://studio.westeurope.batch.azure.com"
    assert account.family_quotas == {"standardDSv5Family": 16, "standardFSv2Family": 0}
    assert account.takes_keys


def test_families_without_quotas_and_accounts_without_keys_say_so() -> None:
    shown = batch_account(
        "studio",
        dedicatedCoreQuotaPerVMFamilyEnforced=False,
        allowedAuthenticationModes=["AAD"],
    )
    account = read_account(models.BatchAccount(shown))
    assert (account.family_quotas, account.takes_keys) == (None, False)


def test_an_account_without_properties_is_none_to_work_with() -> None:
    with pytest.raises(ProfileError, match="Batch account 'studio' has no properties"):
        read_account(models.BatchAccount({"id": ACCOUNT_ID, "name": "studio"}))


def test_a_vm_size_has_its_cores_among_its_capabilities() -> None:
    size = models.SupportedSku(
        {
            "name": "Standard_F8s_v2",
            "familyName": "standardFSv2Family",
            "capabilities": [{"name": "MemoryGB", "value": "16"}, {"name": "vCPUs", "value": "8"}],
            "batchSupportEndOfLife": datetime(2028, 11, 15, tzinfo=UTC).isoformat(),
        }
    )
    assert vm_size(size) == VmSize("Standard_F8s_v2", "standardFSv2Family", 8, date(2028, 11, 15))
    assert vm_size(models.SupportedSku({"name": "New"})) == VmSize("New", "", None, None)


@pytest.mark.parametrize(
    ("properties", "account"),
    [
        ({}, StorageAccount("id", True, None, False)),
        (
            {
                "allowSharedKeyAccess": False,
                "sasPolicy": {"sasExpirationPeriod": "1.12:30:00", "expirationAction": "Block"},
            },
            StorageAccount("id", False, timedelta(days=1, hours=12, minutes=30), True),
        ),
        (
            {"sasPolicy": {"sasExpirationPeriod": "soon", "expirationAction": "Log"}},
            StorageAccount("id", True, None, False),
        ),
    ],
)
def test_a_storage_account_says_how_long_a_sas_may_live(
    properties: dict[str, object], account: StorageAccount
) -> None:
    assert storage_account("id", properties) == account


def test_a_permission_has_what_is_allowed_and_what_isnt() -> None:
    found = permission({"actions": ["*/read"], "notDataActions": ["*/delete"], "dataActions": None})
    assert found == Permission(("*/read",), (), (), ("*/delete",))
