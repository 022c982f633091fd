"""This machine, which all nodes share: what runs their commands, and where their folders are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from batchff.emulator.nodes.execution import Executor
from batchff.emulator.nodes.process import kill_below, kill_recorded
from batchff.emulator.nodes.trash import Trash
from batchff.emulator.state.store.processes import Processes


@dataclass(frozen=True, slots=True)
class Machine:
    """What all nodes run on."""

    nodes: Path
    """The folder of the nodes' folders."""
    executor: Executor
    trash: Trash

    def start(self, recorded: Processes) -> int:
        """Kill what an earlier run of the emulator left, and return how many processes that were.

        Folders that it had moved aside are deleted.
        """
        killed = kill_recorded(recorded.all()) + kill_below(self.nodes)
        recorded.clear()
        self.trash.start()
        return killed

    async def stop(self) -> None:
        """Wait for deletions, then kill whatever still runs on a node."""
        await self.trash.stop()
        kill_below(self.nodes)
        self.executor.close()
