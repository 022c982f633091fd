from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError

from tests.emulator.autoscale.situations import BATCHFF
from tests.emulator.examples import code_of, job, pool, task
from tests.emulator.running import Connection, MovableClock, running_service, wait_until

FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def later(tmp_path: Path, clock: MovableClock) -> Iterator[Connection]:
    """An emulator whose clock can be moved."""
    with running_service(tmp_path / "emulator", clock=clock) as connection:
        yield connection


def scaling(pool_id: str, formula: str, **options: Any) -> models.BatchPoolCreateOptions:
    return pool(
        pool_id,
        target_dedicated_nodes=None,
        enable_auto_scale=True,
        auto_scale_formula=formula,
        **options,
    )


def enabled(**options: Any) -> models.BatchPoolEnableAutoScaleOptions:
    return models.BatchPoolEnableAutoScaleOptions(**options)


def last_run(client: BatchClient, pool_id: str) -> models.AutoScaleRun:
    """Wait until a formula was worked out, and give what came of it."""
    run: models.AutoScaleRun = wait_until(lambda: client.get_pool(pool_id).auto_scale_run)
    return run


def evaluated(client: BatchClient, pool_id: str, formula: str) -> models.AutoScaleRun:
    return client.evaluate_pool_auto_scale(
        pool_id, models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula=formula)
    )


def code_raised(call: Callable[[], object]) -> str:
    """Give the code of the error that a call of the SDK ends with."""
    with pytest.raises(HttpResponseError) as error:
        call()
    assert error.value.model is not None
    return str(error.value.model.code)


def test_a_pool_follows_its_tasks(later: Connection, clock: MovableClock, tmp_path: Path) -> None:
    def states() -> list[str]:
        return sorted(task.as_dict()["state"] for task in client.list_tasks("job"))

    def nodes() -> int:
        return len(list(client.list_nodes("pool")))

    with later.client() as client:
        client.create_pool(
            scaling("pool", BATCHFF, auto_scale_evaluation_interval=timedelta(minutes=5))
        )
        last_run(client, "pool")
        client.create_job(job("job", "pool"))
        for number in range(3):
            waiting = f"sh -c 'until test -e {tmp_path}/go{number}; do sleep 0.05; done'"
            client.create_task("job", task(f"t{number}", waiting))
        assert nodes() == 0

        clock.put_forward(FIVE_MINUTES)
        wait_until(lambda: states() == ["running"] * 3)
        assert nodes() == 3

        (tmp_path / "go0").touch()
        (tmp_path / "go1").touch()
        wait_until(lambda: states().count("completed") == 2)
        clock.put_forward(FIVE_MINUTES)
        wait_until(lambda: nodes() == 1)
        assert states() == ["completed", "completed", "running"], "the busy node stays"

        (tmp_path / "go2").touch()
        wait_until(lambda: states() == ["completed"] * 3)
        clock.put_forward(FIVE_MINUTES)
        wait_until(lambda: nodes() == 0)
        requeues = [each.execution_info for each in client.list_tasks("job")]
        assert [info.requeue_count for info in requeues if info is not None] == [0] * 3


def test_with_taskcompletion_a_node_ends_its_task_before_it_leaves(
    later: Connection, tmp_path: Path
) -> None:
    with later.client() as client:
        client.create_pool(pool("pool", nodes=1))
        client.create_job(job("job", "pool"))
        waiting = f"sh -c 'until test -e {tmp_path}/go; do sleep 0.05; done'"
        client.create_task("job", task("t", waiting))
        wait_until(lambda: client.get_task("job", "t").state == "running")

        away = "$TargetDedicatedNodes = 0; $NodeDeallocationOption = taskcompletion"
        client.enable_pool_auto_scale("pool", enabled(auto_scale_formula=away))
        wait_until(lambda: [node.state for node in client.list_nodes("pool")] == ["leavingpool"])
        assert client.get_task("job", "t").state == "running"
        (tmp_path / "go").touch()

        wait_until(lambda: not list(client.list_nodes("pool")))
        ended = client.get_task("job", "t").execution_info
        assert ended is not None and (ended.result, ended.requeue_count) == ("success", 0)


def test_a_pool_tells_how_it_scales(client: BatchClient, name: str) -> None:
    client.create_pool(
        scaling(name, "$TargetDedicatedNodes = 1; $TargetLowPriorityNodes = 1; half = 1 / 2;")
    )
    run = last_run(client, name)
    wait_until(lambda: len(list(client.list_nodes(name))) == 2)

    assert run.results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue;half=0.5"
    )
    assert run.error is None
    made = client.get_pool(name)
    assert made.enable_auto_scale
    assert made.auto_scale_formula is not None and made.auto_scale_formula.startswith("$Target")
    assert made.auto_scale_evaluation_interval == timedelta(minutes=15)
    assert (made.target_dedicated_nodes, made.target_low_priority_nodes) == (1, 1)
    assert made.last_modified > made.creation_time


def test_a_formula_that_fails_changes_nothing(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=1))
    wait_until(lambda: client.get_pool(name).allocation_state == "steady")
    unlikely = "$TargetDedicatedNodes = avg($ActiveTasks.GetSample(TimeInterval_Hour, 90))"

    client.enable_pool_auto_scale(name, enabled(auto_scale_formula=unlikely))

    error = last_run(client, name).error
    assert error is not None and error.error_values is not None
    assert error.code == "InsufficientSampleData"
    assert error.message == "Autoscale evaluation failed due to insufficient sample data"
    assert [(value.name, value.value) for value in error.error_values] == [
        (
            "Message",
            "Line 1, Col 51: Insufficient data from data set: $ActiveTasks wanted 90%, received 1%",
        )
    ]
    kept = client.get_pool(name)
    assert (kept.allocation_state, kept.current_dedicated_nodes) == ("steady", 1)


def test_a_formula_can_be_tried(client: BatchClient, name: str) -> None:
    client.create_pool(scaling(name, "$TargetDedicatedNodes = $CurrentDedicatedNodes;"))
    last_run(client, name)

    good = evaluated(client, name, "$TargetDedicatedNodes = 2; tasks = $PendingTasks.GetSample(1)")
    assert good.error is None
    assert good.results == (
        "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
        "tasks=[0]"
    )
    assert client.get_pool(name).target_dedicated_nodes == 0, "it isn't done"

    bad = evaluated(client, name, "$something_useless")
    assert bad.results == (
        "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    )
    assert bad.error is not None and bad.error.code == "AutoScalingFormulaEvaluationError"

    unreadable = "$TargetDedicatedNodes ="
    assert code_raised(lambda: evaluated(client, name, unreadable)) == (
        "AutoScalingFormulaSyntaxError"
    )


def test_only_a_pool_that_scales_itself_tries_formulas(
    client: BatchClient, empty_pool: str
) -> None:
    code = code_raised(lambda: evaluated(client, empty_pool, "x = 1"))

    assert code == "OperationInvalidForCurrentState"


def test_autoscale_and_resize_exclude_each_other(client: BatchClient, name: str) -> None:
    client.create_pool(scaling(name, "$TargetDedicatedNodes = 1"))
    wait_until(lambda: client.get_pool(name).current_dedicated_nodes == 1)
    two = models.BatchPoolResizeOptions(target_dedicated_nodes=2)
    code = code_raised(lambda: client.begin_resize_pool(name, two, polling_interval=0))
    assert code == "OperationInvalidForCurrentState"

    client.disable_pool_auto_scale(name)

    fixed = client.get_pool(name)
    assert not fixed.enable_auto_scale
    assert (fixed.auto_scale_formula, fixed.auto_scale_evaluation_interval) == (None, None)
    assert fixed.auto_scale_run is None
    assert fixed.target_dedicated_nodes == 1
    client.begin_resize_pool(name, two, polling_interval=0).result()
    wait_until(lambda: client.get_pool(name).current_dedicated_nodes == 2)


def test_autoscale_waits_for_a_resize(
    client: BatchClient, service: Connection, name: str, tmp_path: Path
) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    waiting = f"sh -c 'until test -e {tmp_path}/go; do sleep 0.05; done'"
    client.create_task(name, task("t", waiting))
    wait_until(lambda: client.get_task(name, "t").state == "running")
    away = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}
    service.send("POST", f"/pools/{name}/resize", away)
    formula = {"autoScaleFormula": "$TargetDedicatedNodes = 1"}

    refused = service.send("POST", f"/pools/{name}/enableautoscale", formula)
    (tmp_path / "go").touch()
    wait_until(lambda: client.get_pool(name).allocation_state == "steady")
    taken = service.send("POST", f"/pools/{name}/enableautoscale", formula)

    assert (refused.status, code_of(refused)) == (409, "PoolBeingResized")
    assert taken.status == 200
    assert taken.headers["ETag"]


def test_settings_can_change_every_thirty_seconds(later: Connection, clock: MovableClock) -> None:
    with later.client() as client:
        client.create_pool(pool("pool", nodes=0))
        wait_until(lambda: client.get_pool("pool").allocation_state == "steady")
        path = "/pools/pool/enableautoscale"
        client.enable_pool_auto_scale("pool", enabled(auto_scale_formula="x = 1"))
        first = last_run(client, "pool").timestamp

        soon = later.send("POST", path, {"autoScaleEvaluationInterval": "PT1H"})
        assert (soon.status, code_of(soon)) == (503, "TooManyEnableAutoScaleRequests")
        clock.put_forward(timedelta(seconds=30))
        assert later.send("POST", path, {"autoScaleEvaluationInterval": "PT60M"}).status == 200
        wait_until(lambda: last_run(client, "pool").timestamp > first)
        clock.put_forward(timedelta(seconds=30))
        assert later.send("POST", path, {"autoScaleFormula": "x = 2"}).status == 200

        changed = client.get_pool("pool")
        assert changed.auto_scale_evaluation_interval == timedelta(hours=1)
        assert changed.auto_scale_formula == "x = 2"
        assert "x=1" in str(last_run(client, "pool").results), "a formula waits for its time"
