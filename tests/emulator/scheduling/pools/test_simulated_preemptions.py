from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.simulation.settings import read_simulation
from batchff.emulator.state.model import Node
from batchff.emulator.state.states import NodeState
from batchff.emulator.state.times import SECOND
from tests.emulator.scheduling.scene import Scene, play


def simulate(
    folder: Path, scenario: Callable[[Scene], Awaitable[None]], **settings: object
) -> None:
    """Run a scenario with a simulation's settings."""
    play(folder, scenario, SchedulerOptions(simulation=read_simulation(settings)))


def all_idle(scene: Scene) -> list[Node]:
    nodes = scene.nodes()
    return nodes if all(node.state is NodeState.IDLE for node in nodes) else []


def test_spot_nodes_are_preempted_at_their_rate_and_come_back(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=2, low_priority=10)
        job = scene.job()
        for number in range(12):
            scene.task(job, f"task-{number}")
        end = scene.clock.now() + timedelta(hours=5)

        await scene.forward(lambda: scene.clock.now() >= end)

        tasks = [scene.task_now(job, f"task-{number}") for number in range(12)]
        assert 75 <= sum(task.requeues for task in tasks) <= 125
        spot = [node for node in scene.nodes() if not node.dedicated]
        assert len(spot) == 10
        assert all(node.allocated > node.booted - 600 * SECOND for node in spot)
        dedicated = [node for node in scene.nodes() if node.dedicated]
        assert all(node.state is NodeState.RUNNING for node in dedicated)

    simulate(tmp_path, scenario, preemptions=2, task_time="1d")


def test_a_preempted_node_is_away_for_a_minute(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0, low_priority=1)
        (node,) = await scene.forward(
            lambda: [node for node in scene.nodes() if node.state is NodeState.PREEMPTED]
        )
        assert node.returns == pytest.approx(node.state_time + 60 * SECOND, abs=0.01 * SECOND)

        (back,) = await scene.forward(lambda: all_idle(scene))
        assert back.id == node.id

    simulate(tmp_path, scenario, preemptions=1, node_boot_time="10s")


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_share_of_the_preempted_nodes_is_unusable_first(tmp_path: Path, share: float) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool(nodes=0, low_priority=40)
        firsts: dict[int, NodeState] = {}

        def all_taken_away() -> bool:
            for node in scene.nodes():
                if node.returns is not None:
                    firsts.setdefault(node.seq, node.state)
            return len(firsts) == 40

        await scene.forward(all_taken_away)
        unusable = [seq for seq, state in firsts.items() if state is NodeState.UNUSABLE]
        assert abs(len(unusable) - 40 * share) <= 10 * (share == 0.5)
        assert {firsts[seq] for seq in firsts if seq not in unusable} <= {NodeState.PREEMPTED}

    simulate(tmp_path, scenario, preemptions=10, unusable_preemptions=share)
