from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from batchff.emulator.nodes.machine import Machine
from batchff.emulator.nodes.process import start_mark
from batchff.emulator.nodes.trash import Trash
from tests.emulator.nodes.commands import node_in


def test_a_start_ends_what_an_earlier_run_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        with node_in(tmp_path) as node:
            nodes = node.identity.directory.root.parent
            (nodes / ".removed-1" / "node").mkdir(parents=True)
            left = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            node.store.processes.add(left.pid, start_mark(left.pid) or "")
            node.store.processes.add(stranger.pid, "of another process with this number")
            machine = Machine(nodes, node.executor, Trash(nodes))

            assert machine.start(node.store.processes) == 1
            await machine.stop()

            assert left.wait(20) == -9
            assert stranger.poll() is None, "its number was used again"
            stranger.kill()
            stranger.wait(20)
            assert node.store.processes.all() == []
            assert list(nodes.glob(".removed-*")) == []

    asyncio.run(scenario())
