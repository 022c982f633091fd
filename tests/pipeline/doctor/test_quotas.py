from __future__ import annotations

from dataclasses import replace
from datetime import date

from batchff.cloud.management.account import BatchAccount, VmSize
from batchff.model.pools import PoolSpec
from batchff.pipeline.doctor.check import Check, Status
from batchff.pipeline.doctor.quotas import check_cores, check_counts

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
