from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.management.account import BatchAccount, Permission, VmSize
from batchff.errors import NotAllowedError, ProfileError
from batchff.model.pools import PoolSpec
from batchff.pipeline.doctor.check import Check, Status
from batchff.pipeline.doctor.nodes import check_subnet, check_vm_size
from batchff.pipeline.doctor.quotas import check_cores, check_counts
from batchff.pipeline.doctor.roles import check_role
from batchff.pipeline.doctor.services import Service
from tests.cloud.batch.test_pool_options import IDENTITY, SUBNET
from tests.cloud.small_servers import KEY_OF_NOTHING

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SPEC = PoolSpec(vm_size="Standard_D4s_v5", nodes=4, spot=0, slots=1, image="auto")
SIZES = {
    "standard_d4s_v5": VmSize("Standard_D4s_v5", "standardDSv5Family", 4, None),
    "standard_a4_v2": VmSize("Standard_A4_v2", "standardAv2Family", 4, date(2026, 1, 1)),
}
ACCOUNT = BatchAccount(
    id="/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a",
    name="a",
    location="westeurope",
    endpoint="https://a.westeurope.batch.azure.com",
    storage_account=None,
    dedicated_cores=100,
    family_quotas={"standardDSv5Family": 8},
    spot_cores=0,
    pools=20,
    active_jobs=100,
    takes_keys=True,
)
CONTRIBUTOR = Permission(
    actions=("Microsoft.Batch/batchAccounts/pools/*",),
    not_actions=(),
    data_actions=("Microsoft.Batch/batchAccounts/jobs/*",),
    not_data_actions=(),
)


def brief(checks: list[Check]) -> list[tuple[str, str, str]]:
    return [(check.name, check.status.value, check.message) for check in checks]


def test_a_familys_quota_counts_before_the_sum() -> None:
    assert brief(check_cores(ACCOUNT, SPEC, SIZES)) == [
        (
            "quota: cores",
            "warning",
            "4 × 4 = 16 cores of standardDSv5Family are needed, and the quota is 8: 2 nodes come",
        )
    ]


def test_the_sum_counts_where_families_dont() -> None:
    account = replace(ACCOUNT, family_quotas=None)
    assert brief(check_cores(account, SPEC, {})) == [
        ("quota: cores", "ok", "4 × 4 = 16 cores of 100")
    ]


def test_spot_cores_have_a_quota_of_their_own() -> None:
    spec = replace(SPEC, nodes=0, spot=1)
    [check] = check_cores(ACCOUNT, spec, SIZES)
    assert (check.name, check.status) == ("quota: Spot cores", Status.FAILURE)


def test_dedicated_nodes_that_couldnt_stand_in_for_spot_nodes_are_told() -> None:
    account = replace(ACCOUNT, spot_cores=8)
    spec = replace(SPEC, nodes=2, spot=1)
    assert [name for name, _, _ in brief(check_cores(account, spec, SIZES))] == [
        "quota: cores",
        "quota: Spot cores",
        "quota: fallback",
    ]
    alone = replace(spec, fallback=False)
    assert "quota: fallback" not in str(check_cores(account, alone, SIZES))


def test_a_subscriptions_own_quota_isnt_known() -> None:
    account = replace(ACCOUNT, family_quotas=None, dedicated_cores=None)
    [check] = check_cores(account, SPEC, SIZES)
    assert check.status is Status.WARNING
    assert check.advice == "see it: az vm list-usage --location LOCATION"


def test_an_account_full_of_jobs_is_a_failure() -> None:
    assert brief(check_counts(ACCOUNT, 3, 100)) == [
        ("quota: pools", "ok", "3 of 20"),
        ("quota: active jobs", "failure", "100 of 100: there is no room for another"),
    ]


def test_a_size_that_isnt_offered_is_a_failure() -> None:
    check = check_vm_size(replace(SPEC, vm_size="Standard_D999_v9"), SIZES, "westeurope", NOW)
    assert check.status is Status.FAILURE
    assert check.message == "Batch doesn't offer Standard_D999_v9 in westeurope"


def test_a_size_that_has_ended_is_a_failure() -> None:
    check = check_vm_size(replace(SPEC, vm_size="Standard_A4_v2"), SIZES, "westeurope", NOW)
    assert check.status is Status.FAILURE
    assert check.message == "Standard_A4_v2 was retired on 2026-01-01"


@pytest.fixture
def batch() -> Service:
    return Service("Batch", "https://a", lambda: None, lambda: "Entra ID, azure cli", lets_in=True)


def test_a_role_that_writes_is_enough(batch: Service) -> None:
    assert check_role(batch, [CONTRIBUTOR]).message == (
        "reading is allowed, and by its roles writing as well"
    )


def test_a_role_that_only_reads_is_a_warning_with_the_command_that_helps(batch: Service) -> None:
    reader = Permission(("*/read",), (), (), ())
    check = check_role(batch, [reader])
    assert check.status is Status.WARNING
    assert check.message == (
        "no role of yours has Microsoft.Batch/batchAccounts/pools/write and "
        "Microsoft.Batch/batchAccounts/jobs/write"
    )
    assert check.advice.startswith(
        "az role assignment create --role 'Azure Batch Data Contributor'"
    )


def test_what_a_role_leaves_out_it_hasnt(batch: Service) -> None:
    owner = Permission(("*",), ("Microsoft.Batch/batchAccounts/pools/*",), (), ())
    assert check_role(batch, [owner]).status is Status.WARNING
    assert check_role(batch, [owner, CONTRIBUTOR]).status is Status.OK


def test_without_permissions_it_says_what_wasnt_tried(batch: Service) -> None:
    assert check_role(batch, None).message == (
        "reading is allowed; writing isn't tried, as that would make something"
    )


def test_a_refused_read_is_a_role_that_is_missing(batch: Service) -> None:
    batch.refusal = NotAllowedError("listing jobs: the service doesn't allow it")
    check = check_role(batch, [CONTRIBUTOR])
    assert (check.status, check.message) == (Status.FAILURE, batch.refusal.message)


def test_a_subnet_takes_another_way_to_sign_in_than_azures_key() -> None:
    spec = replace(SPEC, subnet=SUBNET)
    credential = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
    azure = Batch(ACCOUNT.endpoint, credential)
    with pytest.raises(ProfileError, match="no pool can be made in a subnet"):
        check_subnet(spec, azure)
    # One with an identity is made on the management plane, which takes no keys.
    for wanted, batch in (
        (replace(spec, identity=IDENTITY), azure),
        (spec, Batch("http://127.0.0.1:1", credential)),
    ):
        assert check_subnet(wanted, batch).message.startswith("nodes, ")
