from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.model import AllocationState, NodeState, PoolState, TaskState
from tests.emulator.running import is_alive
from tests.emulator.scheduling.scene import Scene, play

_DAEMON = (
    'sh -c \'setsid sh -c "echo \\$\\$ > pid; exec sleep 600" &'
    " until test -s pid; do sleep 0.01; done'"
)
ADMIN = {"autoUser": {"scope": "pool", "elevationLevel": "admin"}}


def test_the_quota_limits_each_kind_of_node_over_all_pools(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool("first", nodes=3)
        scene.pool("second", nodes=3, low_priority=4)

        assert len(scene.nodes("first")) == 3
        second = scene.nodes("second")
        assert [node.dedicated for node in second] == [True] * 1 + [False] * 4
        pool = scene.store.pools.find("second")
        assert pool is not None
        assert pool.allocation_state is AllocationState.STEADY
        assert [error["code"] for error in pool.resize_errors] == ["AccountCoreQuotaReached"]
        first = scene.store.pools.find("first")
        assert first is not None and first.resize_errors == []

    play(tmp_path, scenario, SchedulerOptions(core_quota=8))


def test_what_one_pool_gives_back_another_gets_when_it_asks_again(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        first = scene.pool("first", nodes=2)
        scene.pool("second", nodes=1)
        assert scene.nodes("second") == []

        for pool_id, nodes in (("first", 0), ("second", 2)):
            pool = scene.store.pools.find(pool_id)
            assert pool is not None
            resizing = AllocationState.RESIZING
            scene.store.pools.save(replace(pool, target_dedicated=nodes, allocation_state=resizing))
            scene.scheduler.pool_changed(pool_id)
            await scene.until(lambda: not scene.nodes("first"))

        assert len(scene.nodes("second")) == 2
        assert first.seq != 0

    play(tmp_path, scenario, SchedulerOptions(core_quota=4))


@pytest.mark.parametrize(("allowed", "runs"), [(False, False), (True, True)])
def test_an_admin_start_task_runs_only_where_that_was_allowed(
    tmp_path: Path, allowed: bool, runs: bool
) -> None:
    async def scenario(scene: Scene) -> None:
        start = {"commandLine": "touch proof", "userIdentity": ADMIN}
        scene.pool(startTask=start)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.IDLE)

        assert bool(list(tmp_path.glob("nodes/*/startup/wd/proof"))) is runs
        info = scene.nodes()[0].start_task_info
        assert info is not None and (info["state"], info["result"]) == ("completed", "success")

    play(tmp_path, scenario, SchedulerOptions(run_admin_tasks=allowed))


def test_an_admin_task_runs_only_where_that_was_allowed(tmp_path: Path) -> None:
    async def refused(scene: Scene) -> None:
        scene.pool()
        job = scene.job(constraints={"maxTaskRetryCount": 3})
        scene.task(job, command="touch proof", userIdentity=ADMIN)
        task = await scene.state(job, TaskState.COMPLETED)
        assert task.failure is not None and task.failure["code"] == "AdminRightsRefused"
        assert (task.result, task.exit_code, task.retries) == ("failure", None, 0)
        assert not list(tmp_path.glob("nodes/*/workitems/job/job-1/task/wd/proof"))

    async def allowed(scene: Scene) -> None:
        job = scene.job_now()
        scene.task(job, "again", command="touch proof", userIdentity=ADMIN)
        assert (await scene.state(job, TaskState.COMPLETED, "again")).exit_code == 0
        assert list(tmp_path.glob("nodes/*/workitems/job/job-1/again/wd/proof"))

    play(tmp_path, refused)
    play(tmp_path, allowed, SchedulerOptions(run_admin_tasks=True))


def test_a_node_waits_for_its_start_task(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        go = tmp_path / "go"
        command = f"sh -c 'until test -e {go}; do sleep 0.02; done'"
        scene.pool(startTask={"commandLine": command})
        job = scene.job()
        scene.task(job)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.WAITING_FOR_START_TASK)
        await scene.until(lambda: scene.store.processes.all())
        info = scene.nodes()[0].start_task_info
        assert info is not None and info["state"] == "running"
        assert scene.task_now(job).state is TaskState.ACTIVE

        go.touch()

        await scene.state(job, TaskState.COMPLETED)

    play(tmp_path, scenario)


def test_a_pool_deleted_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=2, startTask={"commandLine": "sleep 600"})
        await scene.until(lambda: len(scene.store.processes.all()) == 2)

        scene.store.pools.save(replace(pool, state=PoolState.DELETING))
        scene.scheduler.pool_changed("pool")

        await scene.until(lambda: scene.store.pools.find("pool") is None)
        assert scene.store.processes.all() == []
        assert list((tmp_path / "nodes").iterdir()) == []

    play(tmp_path, scenario)


def test_busy_is_what_runs_or_can_run(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        job = scene.job()
        assert not scene.scheduler.is_busy
        scene.task(job, command="sh -c 'until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do :; done'")
        assert not scene.scheduler.is_busy, "there are no nodes"

        scene.pool()
        await scene.state(job, TaskState.RUNNING)
        assert scene.scheduler.is_busy

        (scene.root / "nodes" / scene.nodes()[0].id / "shared" / "go").touch()
        await scene.state(job, TaskState.COMPLETED)
        await scene.until(lambda: not scene.scheduler.is_busy)

    play(tmp_path, scenario)


def test_tasks_that_wait_for_broken_nodes_are_no_business(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask={"commandLine": "false"})
        job = scene.job()
        scene.task(job)
        await scene.until(lambda: scene.nodes()[0].state is NodeState.START_TASK_FAILED)

        assert not scene.scheduler.is_busy

    play(tmp_path, scenario)


def test_nothing_outlives_its_node(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        pool = scene.pool(nodes=1)
        job = scene.job()
        scene.task(job, command=_DAEMON)
        await scene.state(job, TaskState.COMPLETED)
        daemon = int(next(tmp_path.glob("nodes/*/workitems/job/*/*/wd/pid")).read_text())
        assert is_alive(daemon)

        scene.store.pools.save(replace(pool, state=PoolState.DELETING))
        scene.scheduler.pool_changed("pool")

        await scene.until(lambda: scene.store.pools.find("pool") is None)
        await scene.until(lambda: not is_alive(daemon))

    play(tmp_path, scenario)
