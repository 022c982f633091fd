from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.emulator.state.states import PoolState, TaskState
from tests.emulator.running import is_alive
from tests.emulator.scheduling.scene import Scene, play

_DAEMON = (
    'sh -c \'setsid sh -c "echo \\$\\$ > pid; exec sleep 600" &'
    " until test -s pid; do sleep 0.01; done'"
)


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
