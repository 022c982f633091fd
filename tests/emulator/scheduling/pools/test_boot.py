from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.emulator.state.states import NodeState, PoolState, TaskState
from tests.emulator.scheduling.scene import Scene, play


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
