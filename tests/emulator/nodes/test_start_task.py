from __future__ import annotations

from pathlib import Path

from batchff.emulator.state.states import NodeState
from tests.emulator.scheduling.scene import Scene, play

TRIES = "$AZ_BATCH_NODE_SHARED_DIR/tries"
FAILS_TWICE = f"sh -c 'echo x >>{TRIES}; [ $(wc -l <{TRIES}) -gt 2 ]'"


def start_task(most: int) -> dict[str, object]:
    return {"commandLine": FAILS_TWICE, "maxTaskRetryCount": most, "waitForSuccess": True}


def test_it_is_tried_again_until_it_succeeds(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask=start_task(5))
        await scene.until(lambda: scene.nodes()[0].state is NodeState.IDLE)

        info = scene.nodes()[0].start_task_info
        assert info is not None
        assert (info["retryCount"], info["exitCode"], info["result"]) == (2, 0, "success")
        assert info["lastRetryTime"] <= info["endTime"]

    play(tmp_path, scenario)


def test_it_is_tried_no_more_often_than_it_may(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(startTask=start_task(1))
        await scene.until(lambda: scene.nodes()[0].state is NodeState.START_TASK_FAILED)

        info = scene.nodes()[0].start_task_info
        assert info is not None
        assert (info["retryCount"], info["exitCode"], info["result"]) == (1, 1, "failure")
        assert info["failureInfo"]["code"] == "FailureExitCode"

    play(tmp_path, scenario)
