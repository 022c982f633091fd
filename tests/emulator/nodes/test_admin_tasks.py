from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.states import NodeState
from tests.emulator.scheduling.scene import Scene, play

ADMIN = {"autoUser": {"scope": "pool", "elevationLevel": "admin"}}


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
