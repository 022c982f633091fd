from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from azure.mgmt.batch import models as management_models

from batchff.cloud.management.account import VmSize
from batchff.cloud.management.client import Management
from batchff.cloud.sign_in.identity import Identity, Way
from batchff.errors import NotFoundError, SignInError
from tests.cloud.management.arm import ACCOUNT_ID, GROUP, IDENTITY, SUBSCRIPTION, Arm, batch_account
from tests.cloud.management.test_pool import OPTIONS


@pytest.fixture
def management(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> Management:
    """The management plane as a service principal sees it."""
    for name, value in arm.sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    return Management(Identity(Way("service-principal")), arm.url)


def test_accounts_of_all_subscriptions_are_found(management: Management, arm: Arm) -> None:
    arm.accounts.append(batch_account("archive", autoStorage=None))
    found = {account.name: account for account in management.accounts()}
    assert list(found) == ["studio", "archive"]
    studio = found["studio"]
    assert studio.id == ACCOUNT_ID
    assert (studio.subscription, studio.resource_group) == (SUBSCRIPTION, GROUP)
    assert studio.location == "westeurope"
    assert studio.endpoint == "https://studio.westeurope.batch.azure.com"
    assert (studio.storage_account, found["archive"].storage_account) == ("films", None)
    assert list(arm.sign_in.given) == [arm.url]


def test_an_account_tells_its_quotas(management: Management, arm: Arm) -> None:
    account = management.account("studio")
    assert account.family_quotas == {"standardDSv5Family": 16, "standardFSv2Family": 0}
    assert (account.dedicated_cores, account.spot_cores) == (20, 100)
    assert (account.pools, account.active_jobs) == (20, 100)


def test_families_that_dont_count_yet_have_no_quotas(management: Management, arm: Arm) -> None:
    arm.accounts = [batch_account("studio", dedicatedCoreQuotaPerVMFamilyEnforced=False)]
    assert management.account("studio").family_quotas is None


def test_an_account_is_found_without_looking_where_the_profile_says_where_it_is(arm: Arm) -> None:
    secret = arm.sign_in.tenant.credential()
    known = Management(secret, arm.url, subscription=SUBSCRIPTION)
    assert known.account("studio", resource_group=GROUP).id == ACCOUNT_ID
    with pytest.raises(NotFoundError, match="ResourceNotFound"):
        known.account("nosuch", resource_group=GROUP)


def test_an_account_that_nobody_sees_is_told_with_the_role_that_shows_it(
    management: Management,
) -> None:
    with pytest.raises(NotFoundError, match="no subscription .* has a Batch account 'nosuch'") as e:
        management.account("nosuch")
    assert "Reader" in e.value.hint


def test_an_account_without_keys_says_so(management: Management, arm: Arm) -> None:
    assert management.account("studio").takes_keys
    arm.accounts = [batch_account("studio", allowedAuthenticationModes=["AAD"])]
    assert not management.account("studio").takes_keys


def test_vm_sizes_have_cores_a_family_and_an_end(management: Management) -> None:
    assert list(management.vm_sizes(management.account("studio"))) == [
        VmSize("Standard_D4s_v5", "standardDSv5Family", 4, None),
        VmSize("Standard_F8s_v2", "standardFSv2Family", 8, date(2028, 11, 15)),
    ]


def test_a_storage_accounts_policy_is_read(management: Management, arm: Arm) -> None:
    account = management.account("studio")
    assert management.storage_account("nosuch", account) is None
    found = management.storage_account("films", account)
    assert found is not None
    assert (found.takes_keys, found.sas_period, found.sas_blocked) == (True, None, False)
    arm.storage = {
        "allowSharedKeyAccess": False,
        "sasPolicy": {"sasExpirationPeriod": "1.00:00:00", "expirationAction": "Block"},
    }
    found = management.storage_account("films", account)
    assert found is not None
    assert (found.takes_keys, found.sas_period, found.sas_blocked) == (
        False,
        timedelta(days=1),
        True,
    )


def test_what_the_role_doesnt_allow_is_told(management: Management, arm: Arm) -> None:
    arm.refuses = True
    with pytest.raises(SignInError, match="your subscriptions: .*AuthorizationFailed"):
        list(management.accounts())


def test_a_pool_with_an_identity_is_asked_for_once(management: Management, arm: Arm) -> None:
    account = management.account("studio")
    assert management.create_pool(account, "p", OPTIONS, IDENTITY)
    assert not management.create_pool(account, "p", OPTIONS, IDENTITY)
    assert arm.pools["p"]["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {IDENTITY: {}},
    }
    properties = arm.pools["p"]["properties"]
    assert properties["scaleSettings"] == {
        "autoScale": {"formula": "$TargetDedicatedNodes = 1;", "evaluationInterval": "PT5M"}
    }
    pool = management_models.Pool(arm.pools["p"]).properties
    assert pool is not None and pool.scale_settings is not None and pool.start_task is not None
    assert (pool.vm_size, pool.task_slots_per_node) == ("Standard_D4s_v5", 2)
    assert pool.scale_settings.auto_scale is not None
    assert pool.scale_settings.auto_scale.evaluation_interval == timedelta(minutes=5)
    assert pool.start_task.user_identity is not None
    assert pool.start_task.user_identity.auto_user == {
        "scope": "Pool",
        "elevationLevel": "NonAdmin",
    }


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['azure.mgmt'] = None\n"
        "from batchff.cloud.management.client import Management\n"
        "from batchff.errors import BatchffError\n"
        "try: list(Management(None, 'https://localhost').accounts())\n"
        "except BatchffError as error: print(error.message, '-', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == (
        "this needs the optional part 'management' - run: pip install 'batchff[management]'\n"
    )
