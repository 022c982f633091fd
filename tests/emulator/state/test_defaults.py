from __future__ import annotations

import pytest

from batchff.emulator.state.defaults import (
    asks_for_admin,
    complete_job,
    complete_pool,
    complete_task,
    cores_of,
    user_identity,
)
from tests.emulator.examples import pool_document


@pytest.mark.parametrize(
    ("size", "cores"),
    [
        ("Standard_D4s_v5", 4),
        ("STANDARD_NC24ads_A100_v4", 24),
        ("Basic_A1", 1),
        ("standard_a0", 1),
        ("", 1),
    ],
)
def test_a_vm_sizes_name_has_its_cores(size: str, cores: int) -> None:
    assert cores_of(size) == cores


def test_a_command_runs_as_the_pools_user_without_admin_rights_unless_it_asks() -> None:
    asks = {"autoUser": {"elevationLevel": "Admin"}}

    assert not asks_for_admin({"userIdentity": user_identity(None)})
    assert asks_for_admin({"userIdentity": user_identity(asks)})


def test_a_pool_scales_itself_every_15_minutes_where_it_scales() -> None:
    fixed = complete_pool(pool_document("p"))
    scaling = complete_pool({**pool_document("p"), "enableAutoScale": True})

    assert "autoScaleEvaluationInterval" not in fixed
    assert scaling["autoScaleEvaluationInterval"] == "PT15M"
    assert (fixed["resizeTimeout"], fixed["taskSlotsPerNode"]) == ("PT15M", 1)


def test_a_task_has_the_retries_of_its_job() -> None:
    job = complete_job(
        {"id": "j", "poolInfo": {"poolId": "p"}, "constraints": {"maxTaskRetryCount": 2}}
    )

    own = complete_task({"id": "t", "constraints": {"maxTaskRetryCount": 0}}, job)
    inherited = complete_task({"id": "t", "constraints": {"retentionTime": "PT1H"}}, job)

    assert own["constraints"]["maxTaskRetryCount"] == 0
    assert inherited["constraints"]["maxTaskRetryCount"] == 2
    assert inherited["constraints"]["retentionTime"] == "PT1H"


def test_durations_are_written_in_one_form() -> None:
    job = complete_job(
        {"id": "j", "poolInfo": {"poolId": "p"}, "constraints": {"maxWallClockTime": "PT01H00M00S"}}
    )

    assert job["constraints"]["maxWallClockTime"] == "PT1H"
