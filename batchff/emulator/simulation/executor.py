"""Simulated nodes: nothing runs on them, and they have no disk."""

from __future__ import annotations

from collections.abc import Mapping

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.execution import Attempt, Command, Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.nodes.transfer import Storage
from batchff.emulator.simulation.draws import draw, draw_seconds
from batchff.emulator.simulation.outputs import SimulatedOutputs
from batchff.emulator.simulation.settings import Simulation
from batchff.emulator.state.model import Document
from batchff.emulator.state.transitions import EXIT_CODE, TASK_ENDED

_BESIDE_TASKS_SECONDS = 1.0
"""How long start, preparation and release tasks take."""
_EXIT_CODE_OF_ENDED = 143
"""What the shell makes of SIGTERM, by which tasks are ended."""


class SimulatedExecutor:
    """Lets nodes and tasks take drawn times, and tasks have drawn outcomes."""

    def __init__(self, simulation: Simulation, clock: Clock, storage: Storage) -> None:
        self._simulation = simulation
        self._clock = clock
        size = simulation.output_size
        self._storage = storage
        self._outputs = SimulatedOutputs(size, storage) if size else None

    async def boot(self, node: NodeIdentity) -> None:
        """Take the time that was drawn for this node's boot."""
        simulation = self._simulation
        seconds = draw_seconds(simulation.node_boot_time, simulation.seed, "boot", node.number)
        await self._clock.sleep(seconds)

    async def run(self, command: Command) -> Outcome:
        """Take the time, and give the outcome, that were drawn for this try."""
        if command.attempt is None:
            await self._clock.sleep(_BESIDE_TASKS_SECONDS)
            return Outcome(0, None)
        seconds = self._seconds(command.attempt)
        if command.time_limit is not None and command.time_limit < seconds:
            await self._clock.sleep(command.time_limit)
            return Outcome(_EXIT_CODE_OF_ENDED, TASK_ENDED)
        await self._clock.sleep(seconds)
        outcome = Outcome(1, EXIT_CODE) if self._fails(command.attempt) else Outcome(0, None)
        if self._outputs is None or not command.output_files:
            return outcome
        failure = await self._outputs.send(command.output_files, outcome.failure is None)
        return Outcome(outcome.exit_code, outcome.failure or failure)

    async def send(self, container: Document, files: Mapping[str, bytes]) -> None:
        """Send nothing: there are no logs."""

    async def end_leftovers(self, node: NodeIdentity) -> None:
        """Nothing was started."""

    async def remove(self, node: NodeIdentity) -> None:
        """There is no disk."""

    def close(self) -> None:
        """End the threads and connections of uploads."""
        if self._outputs is not None:
            self._outputs.close()
        self._storage.close()

    def _seconds(self, attempt: Attempt) -> float:
        return draw_seconds(
            self._simulation.task_time, self._simulation.seed, "time", *_subject(attempt)
        )

    def _fails(self, attempt: Attempt) -> bool:
        drawn = draw(self._simulation.seed, "outcome", *_subject(attempt))
        return drawn < self._simulation.task_failures


def _subject(attempt: Attempt) -> tuple[object, ...]:
    """Name a try; ids are the same in capitals and small letters."""
    return attempt.job.lower(), attempt.task.lower(), attempt.number
