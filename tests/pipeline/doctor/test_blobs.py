from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchff.cloud.management.account import StorageAccount
from batchff.cloud.storage import Storage
from batchff.model.limits import JobLimits
from batchff.model.stamp import stamp
from batchff.pipeline.doctor.blobs import check_container, check_sas
from batchff.pipeline.doctor.check import Status, ok
from tests.pipeline.planned import SPEC
from tests.storage_servers import StorageServer

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LIMITS = JobLimits(task_timeout=timedelta(hours=1), retries=0, queue_time=timedelta(hours=1))
STORAGE = Storage("https://a.blob.core.windows.net", "a", key="a2V5")
POLICY = StorageAccount("id", takes_keys=True, sas_period=timedelta(hours=2), sas_blocked=True)


def test_a_container_is_batchffs_somebodys_or_still_to_be_made(
    emulated_storage: StorageServer,
) -> None:
    storage, name = emulated_storage.storage(), emulated_storage.container
    missing = check_container("input", name, storage)
    assert (missing.status, missing.name) == (Status.OK, "container: input")
    assert "isn't there yet" in missing.message
    storage.ensure_container(name, stamp())
    assert check_container("input", name, storage).message == f"{name}, made by batchff"
    storage.delete_container(name)
    storage.ensure_container(name, {})
    theirs = check_container("output", name, storage)
    assert theirs.status is Status.WARNING
    assert theirs.advice.endswith("profile set NAME output_container=CONTAINER")


def test_a_sas_is_good_for_as_long_as_a_job_may_take() -> None:
    check = check_sas("out", SPEC, LIMITS, STORAGE, None, NOW)
    assert check == ok("SAS", "good for the 3h that a job may take")


@pytest.mark.parametrize(("blocked", "status"), [(True, Status.FAILURE), (False, Status.WARNING)])
def test_a_policy_that_wants_shorter_ones_is_reported(blocked: bool, status: Status) -> None:
    account = replace(POLICY, sas_blocked=blocked)
    check = check_sas("out", SPEC, LIMITS, STORAGE, account, NOW)
    assert check.status is status
    assert check.message.endswith("wants no SAS of more than 2h")
    longer = replace(account, sas_period=timedelta(hours=3))
    assert check_sas("out", SPEC, LIMITS, STORAGE, longer, NOW).status is Status.OK


def test_nodes_with_an_identity_need_no_sas() -> None:
    spec = replace(SPEC, identity="/an/identity")
    check = check_sas("out", spec, LIMITS, STORAGE, POLICY, NOW)
    assert check == ok("SAS", "none is needed: the nodes have an identity")
