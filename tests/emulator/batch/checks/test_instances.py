from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.checks.instances import check_instances
from batchff.emulator.state.creation import new_pool
from batchff.emulator.state.model import Pool
from tests.emulator.examples import pool_document
from tests.emulator.running import Connection

_ALONE = "multiInstanceSettings in a pool without enableInterNodeCommunication"
_FEW = "multiInstanceSettings.numberOfInstances above the number of the pool's nodes"


def _pool(nodes: int, **fields: Any) -> Pool:
    return new_pool(pool_document("p", targetDedicatedNodes=nodes, **fields), now=1)


def _task(**settings: Any) -> dict[str, Any]:
    return {"multiInstanceSettings": {"coordinationCommandLine": "true", **settings}}


@pytest.mark.parametrize(
    ("pool", "task", "lacking"),
    [
        (_pool(2, enableInterNodeCommunication=True), _task(numberOfInstances=2), []),
        (_pool(2), _task(numberOfInstances=3), [_ALONE, _FEW]),
        (_pool(0, enableInterNodeCommunication=True), _task(), [_FEW]),
        (None, _task(numberOfInstances=9), []),
        (_pool(0), {}, []),
    ],
)
def test_what_a_pool_lacks_for_a_tasks_instances(
    pool: Pool | None, task: dict[str, Any], lacking: list[str]
) -> None:
    assert list(check_instances(task, pool)) == lacking


def test_the_task_is_made_and_it_is_told(service: Connection, job: str) -> None:
    body = {"id": "t", "commandLine": "true", **_task(numberOfInstances=100)}

    assert service.send("POST", f"/jobs/{job}/tasks", body).status == 201

    told = service.root.running_file.read_text()
    assert _ALONE in told and _FEW in told
