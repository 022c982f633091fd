from __future__ import annotations

import re
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import code_of, completed, machine, pool_document, task, values_of
from tests.emulator.running import Connection, wait_until


def _job(name: str, **options: Any) -> models.BatchJobCreateOptions:
    """A job that wants a pool of its own, with a node."""
    return models.BatchJobCreateOptions(
        id=name,
        pool_info=models.BatchPoolInfo(
            auto_pool_specification=models.BatchAutoPoolSpecification(
                pool_lifetime_option="job",
                pool=models.BatchPoolSpecification(
                    vm_size="standard_d2s_v5",
                    virtual_machine_configuration=machine(),
                    target_dedicated_nodes=1,
                    task_slots_per_node=2,
                ),
                **options,
            )
        ),
    )


def _body(name: str, **fields: object) -> dict[str, Any]:
    pool = {key: value for key, value in pool_document("").items() if key != "id"}
    specification = {"poolLifetimeOption": "job", "pool": pool, **fields}
    return {"id": name, "poolInfo": {"autoPoolSpecification": specification}}


def _pool_of(client: BatchClient, name: str) -> str:
    info = client.get_job(name).execution_info
    assert info is not None and info.pool_id is not None
    return info.pool_id


def test_a_job_runs_in_the_pool_that_is_made_for_it(client: BatchClient, name: str) -> None:
    client.create_job(_job(name, auto_pool_id_prefix="mine"))
    client.create_task(name, task("t"))

    completed(client, name, "t")

    made = _pool_of(client, name)
    assert re.fullmatch(r"mine_[0-9A-F-]{36}", made)
    pool = client.get_pool(made)
    assert (pool.state, pool.target_dedicated_nodes, pool.task_slots_per_node) == ("active", 1, 2)
    info = client.get_task(name, "t").node_info
    assert info is not None and info.pool_id == made
    specification = client.get_job(name).pool_info.auto_pool_specification
    assert specification is not None and specification.auto_pool_id_prefix == "mine"


@pytest.mark.parametrize("ending", ["terminate", "delete"])
def test_the_pool_goes_when_its_job_ends(client: BatchClient, name: str, ending: str) -> None:
    client.create_job(_job(name))
    made = _pool_of(client, name)
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    if ending == "terminate":
        enough = BatchJobTerminateOptions(termination_reason="Enough")
        client.begin_terminate_job(name, enough, polling_interval=0)
    else:
        client.begin_delete_job(name, polling_interval=0)

    wait_until(lambda: made not in {pool.id for pool in client.list_pools()})
    if ending == "terminate":
        assert client.get_job(name).state == "completed"
        assert _pool_of(client, name) == made


def test_a_pool_that_is_kept_alive_outlives_its_job(client: BatchClient, name: str) -> None:
    client.create_job(_job(name, keep_alive=True))
    made = _pool_of(client, name)

    client.begin_delete_job(name, polling_interval=0)

    def gone() -> bool:
        try:
            client.get_job(name)
        except ResourceNotFoundError:
            return True
        return False

    wait_until(gone)
    assert client.get_pool(made).state == "active"


def _disabled(client: BatchClient, name: str) -> None:
    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    client.begin_disable_job(name, options, polling_interval=0)
    wait_until(lambda: client.get_job(name).state == "disabled")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_whether_the_pool_outlives_its_job_can_be_changed(
    service: Connection, client: BatchClient, name: str, method: str
) -> None:
    client.create_job(_job(name))
    made = _pool_of(client, name)
    _disabled(client, name)
    given = service.send("GET", f"/jobs/{name}").json()["poolInfo"]
    given["autoPoolSpecification"]["keepAlive"] = True

    answer = service.send(method, f"/jobs/{name}", {"poolInfo": given})

    assert answer.status == 200
    assert service.send("GET", f"/jobs/{name}").json()["poolInfo"] == given
    enough = BatchJobTerminateOptions(termination_reason="Enough")
    client.begin_terminate_job(name, enough, polling_interval=0)
    wait_until(lambda: client.get_job(name).state == "completed")
    assert client.get_pool(made).state == "active"


def test_the_sdk_sends_back_what_it_was_given(client: BatchClient, name: str) -> None:
    client.create_job(_job(name, keep_alive=True, auto_pool_id_prefix="mine"))
    _disabled(client, name)
    pool_info = client.get_job(name).pool_info
    assert pool_info.auto_pool_specification is not None
    pool_info.auto_pool_specification.keep_alive = False

    client.update_job(name, models.BatchJobUpdateOptions(pool_info=pool_info, priority=7))

    after = client.get_job(name)
    assert after.pool_info.auto_pool_specification is not None
    assert (after.pool_info.auto_pool_specification.keep_alive, after.priority) == (False, 7)


@pytest.mark.parametrize(
    ("field", "value"),
    [("autoPoolIdPrefix", "other"), ("poolLifetimeOption", "jobschedule")],
)
def test_nothing_else_of_the_pool_can_be_changed(
    service: Connection, name: str, field: str, value: str
) -> None:
    body = _body(name)
    service.send("POST", "/jobs", body)
    body["poolInfo"]["autoPoolSpecification"][field] = value

    answer = service.send("PATCH", f"/jobs/{name}", {"poolInfo": body["poolInfo"]})

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")
    assert values_of(answer)["PropertyName"] == f"poolInfo.autoPoolSpecification.{field}"


def test_the_machines_of_the_pool_cannot_be_changed(service: Connection, name: str) -> None:
    body = _body(name)
    service.send("POST", "/jobs", body)
    body["poolInfo"]["autoPoolSpecification"]["pool"]["taskSlotsPerNode"] = 2

    answer = service.send("PATCH", f"/jobs/{name}", {"poolInfo": body["poolInfo"]})

    assert answer.status == 400
    assert values_of(answer)["PropertyName"] == "poolInfo.autoPoolSpecification.pool"


def test_the_pool_is_changed_only_while_the_job_is_disabled(
    service: Connection, name: str, empty_pool: str
) -> None:
    body = _body(name)
    service.send("POST", "/jobs", body)
    same = {"poolInfo": _body(name)["poolInfo"]}
    body["poolInfo"]["autoPoolSpecification"]["keepAlive"] = True

    changed = service.send("PUT", f"/jobs/{name}", {"poolInfo": body["poolInfo"]})
    moved = service.send("PATCH", f"/jobs/{name}", {"poolInfo": {"poolId": empty_pool}})

    assert service.send("PUT", f"/jobs/{name}", same).status == 200
    assert (changed.status, code_of(changed)) == (409, "OperationInvalidForCurrentState")
    assert (moved.status, values_of(moved)["PropertyName"]) == (501, "poolInfo.poolId")


def test_a_job_in_a_pool_that_stands_gets_none_of_its_own(
    service: Connection, name: str, idle_job: str
) -> None:
    answer = service.send("PATCH", f"/jobs/{idle_job}", {"poolInfo": _body(name)["poolInfo"]})

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")


def test_an_id_that_is_taken_makes_no_pool(
    service: Connection, client: BatchClient, name: str
) -> None:
    client.create_job(_job(name, auto_pool_id_prefix=name))

    answer = service.send("POST", "/jobs", _body(name, autoPoolIdPrefix=name))

    assert (answer.status, code_of(answer)) == (409, "JobExists")
    assert len([pool for pool in client.list_pools() if pool.id.startswith(name)]) == 1


def test_a_pool_lives_with_a_schedule_only_for_the_jobs_of_one(
    service: Connection, name: str
) -> None:
    answer = service.send("POST", "/jobs", _body(name, poolLifetimeOption="jobschedule"))

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")
    assert values_of(answer)["PropertyName"].endswith("autoPoolSpecification.poolLifetimeOption")


@pytest.mark.parametrize("prefix", ["x" * 21, "a b", ""])
def test_a_prefix_is_the_beginning_of_an_id(service: Connection, name: str, prefix: str) -> None:
    answer = service.send("POST", "/jobs", _body(name, autoPoolIdPrefix=prefix))

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")


def test_a_job_has_one_pool(service: Connection, name: str, empty_pool: str) -> None:
    body = _body(name)
    body["poolInfo"]["poolId"] = empty_pool

    answer = service.send("POST", "/jobs", body)

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")


def test_an_older_client_says_how_many_tasks_a_node_takes(
    service: Connection, client: BatchClient, name: str
) -> None:
    body = _body(name)
    body["poolInfo"]["autoPoolSpecification"]["pool"]["maxTasksPerNode"] = 3

    answer = service.send("POST", "/jobs", body, version="2018-12-01.8.0")

    assert answer.status == 201
    assert client.get_pool(_pool_of(client, name)).task_slots_per_node == 3
