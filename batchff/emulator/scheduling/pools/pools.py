"""The parts of the scheduler that act on pools and nodes, put together."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.admin_tasks import AdminTasks
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.nodes.start_task import StartTasks
from batchff.emulator.scheduling.fleet.auxiliary_runs import AuxiliaryRuns
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.pools.allocation import AccountAddress, Allocation
from batchff.emulator.scheduling.pools.autoscaler import Autoscaler
from batchff.emulator.scheduling.pools.boot import Boots
from batchff.emulator.scheduling.pools.drain import Drain
from batchff.emulator.scheduling.pools.node_actions import NodeActions
from batchff.emulator.scheduling.pools.pace import Pace
from batchff.emulator.scheduling.pools.preemption import Preemption
from batchff.emulator.scheduling.pools.simulated_preemptions import Preemptions
from batchff.emulator.simulation.settings import Simulation
from batchff.emulator.state.store import Store


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """What pools get, beyond what requests ask for."""

    account: AccountAddress
    core_quota: int | None
    """The most cores of all pools together; None for no limit."""
    simulation: Simulation | None
    """None where nodes are real folders and tasks real processes."""
    allocation_seconds: float = 0
    """How long a pool is resized before anything comes of it."""


class Pools:
    """Gives pools their nodes, and acts on these.

    `on_move` is called with a node that has come into another state, `on_change` when tasks may
    fit on nodes where they didn't, and `on_resized` with the key of a pool that scaled itself.
    """

    def __init__(
        self,
        programs: Path,
        store: Store,
        clock: Clock,
        fleet: Fleet,
        machine: Machine,
        admin_tasks: AdminTasks,
        auxiliary_runs: tuple[AuxiliaryRuns, ...],
        options: PoolOptions,
        *,
        on_move: Callable[[Member], None],
        on_change: Callable[[], None],
        on_resized: Callable[[str], None],
    ) -> None:
        trash = machine.trash
        boots = Boots(store, machine.executor, StartTasks(store, admin_tasks), on_move)
        drain = Drain(store, machine.executor, auxiliary_runs, clock)
        self.nodes = NodeActions(fleet, boots, drain, trash, on_change)
        self.preemption = Preemption(store, fleet, boots, drain, trash, clock)
        self.autoscaler = Autoscaler(store, clock, on_resized)
        self.allocation = Allocation(
            programs,
            store,
            machine,
            fleet,
            boots,
            drain,
            self.preemption,
            options.account,
            options.core_quota,
            Pace(clock, options.allocation_seconds),
        )
        self._preemptions = None
        if options.simulation is not None:
            self._preemptions = Preemptions(options.simulation, store, self.preemption, clock)

    def loops(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Give the coroutines that run for as long as the service does."""
        yield self.autoscaler.run()
        if self._preemptions is not None:
            yield self._preemptions.run()
