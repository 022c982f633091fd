from __future__ import annotations

import pytest

from batchff.cloud.management.account import Permission
from batchff.errors import NotAllowedError
from batchff.pipeline.doctor.check import Status
from batchff.pipeline.doctor.roles import check_role
from batchff.pipeline.doctor.services import Service

CONTRIBUTOR = Permission(
    actions=("Microsoft.Batch/batchAccounts/pools/*",),
    not_actions=(),
    data_actions=("Microsoft.Batch/batchAccounts/jobs/*",),
    not_data_actions=(),
)


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
