from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.management.account import VmSize
from batchff.errors import ProfileError
from batchff.model.pools import PoolSpec
from batchff.pipeline.doctor.check import Status
from batchff.pipeline.doctor.nodes import check_subnet, check_vm_size
from tests.cloud.batch.test_pool_options import IDENTITY, SUBNET
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.pipeline.doctor.test_quotas import ACCOUNT

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SPEC = PoolSpec(vm_size="Standard_D4s_v5", nodes=4, spot=0, slots=1, image="auto")
SIZES = {
    "standard_d4s_v5": VmSize("Standard_D4s_v5", "standardDSv5Family", 4, None),
    "standard_a4_v2": VmSize("Standard_A4_v2", "standardAv2Family", 4, date(2026, 1, 1)),
}


def test_a_size_that_isnt_offered_is_a_failure() -> None:
    check = check_vm_size(replace(SPEC, vm_size="Standard_D999_v9"), SIZES, "westeurope", NOW)
    assert check.status is Status.FAILURE
    assert check.message == "Batch doesn't offer Standard_D999_v9 in westeurope"


def test_a_size_that_has_ended_is_a_failure() -> None:
    check = check_vm_size(replace(SPEC, vm_size="Standard_A4_v2"), SIZES, "westeurope", NOW)
    assert check.status is Status.FAILURE
    assert check.message == "Standard_A4_v2 was retired on 2026-01-01"


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
