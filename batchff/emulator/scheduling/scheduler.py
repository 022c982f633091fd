"""The scheduler: what operations call when they have changed something, and what acts on it.

It works on the store and on processes and knows nothing of HTTP; everything happens in one event
loop, so no two changes cross.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from batchff.emulator.clock import Clock
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.nodes.admin_tasks import AdminTasks
from batchff.emulator.nodes.execution import Executor
from batchff.emulator.nodes.local_execution import LocalExecutor
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.nodes.transfer import PATIENCE_SECONDS, Storage
from batchff.emulator.nodes.trash import Trash
from batchff.emulator.root import Root
from batchff.emulator.scheduling.deadlines import Deadlines
from batchff.emulator.scheduling.fleet.auxiliary_runs import AuxiliaryRuns
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Ending, Member
from batchff.emulator.scheduling.fleet.runs import Runs
from batchff.emulator.scheduling.jobs.auto_pools import AutoPools
from batchff.emulator.scheduling.jobs.job_preparation import JobPreparation
from batchff.emulator.scheduling.jobs.job_release import JobRelease
from batchff.emulator.scheduling.jobs.job_schedules import JobSchedules
from batchff.emulator.scheduling.jobs.jobs import Jobs
from batchff.emulator.scheduling.loops.background import Background
from batchff.emulator.scheduling.pools.allocation import AccountAddress
from batchff.emulator.scheduling.pools.autoscaler import Autoscaler
from batchff.emulator.scheduling.pools.node_actions import NodeActions
from batchff.emulator.scheduling.pools.pools import PoolOptions, Pools
from batchff.emulator.scheduling.pools.preemption import Preemption
from batchff.emulator.scheduling.retention import Retention
from batchff.emulator.scheduling.tasks.assignment import Assignment
from batchff.emulator.scheduling.tasks.runner import Runner
from batchff.emulator.simulation.executor import SimulatedExecutor
from batchff.emulator.simulation.settings import Simulation
from batchff.emulator.state.model import Document, Job, Node, Pool, Task
from batchff.emulator.state.store import Store

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    """What is chosen at the service's start."""

    run_admin_tasks: bool = False
    allocation_seconds: float = 0
    transfer_patience: float = PATIENCE_SECONDS
    core_quota: int | None = None
    simulation: Simulation | None = None
    trust: ssl.SSLContext | None = None
    """The authorities that nodes trust over HTTPS; None for the system's."""
    identities: PoolIdentities | None = None


class Scheduler:
    """Runs while the service does: `start`, then what operations tell, then `stop`."""

    def __init__(
        self,
        root: Root,
        store: Store,
        account: AccountAddress,
        clock: Clock,
        options: SchedulerOptions,
    ) -> None:
        self._store = store
        self._machine = Machine(root.nodes, _executor(store, clock, options), Trash(root.nodes))
        self._runs = Runs()
        self._background = Background()
        fleet = Fleet()
        run_admin = options.run_admin_tasks or options.simulation is not None
        admin_tasks = AdminTasks(self._machine.executor, run_admin)
        preparing = AuxiliaryRuns(self._background, clock, self._auxiliary_run_ended)
        releasing = AuxiliaryRuns(self._background, clock, self._auxiliary_run_ended)
        self._preparation = JobPreparation(store, admin_tasks, preparing, clock)
        self._release = JobRelease(store, fleet, admin_tasks, releasing, clock)
        self._deadlines = Deadlines(
            store,
            Retention(store, self._machine),
            clock,
            on_overdue=lambda job: self.jobs.terminate(job, "MaxWallClockTimeExpiry"),
            on_empty=lambda job: self.jobs.end_if_complete(job),
            on_late=lambda pool: self.pools.allocation.time_out(pool),
        )
        auto_pools = AutoPools(store, self.pool_changed)
        self.jobs = Jobs(
            store,
            self._machine,
            self._runs,
            self._preparation,
            self._release,
            auto_pools,
            self._background,
            on_change=self.job_changed,
            on_end=lambda: self.job_schedules.look_again(),
        )
        self.job_schedules = JobSchedules(
            store, self._machine, clock, self.jobs, auto_pools, on_made=self.job_made
        )
        self._runner = Runner(
            store,
            self._machine,
            self._runs,
            self.jobs,
            self._preparation,
            self._background,
            clock,
            run_admin,
            on_free=self.wake,
        )
        self._assignment = Assignment(
            store, fleet, self._runs, self._runner, self._preparation, clock
        )
        auxiliary_runs = (preparing, releasing)
        pool_options = PoolOptions(
            account, options.core_quota, options.simulation, options.allocation_seconds
        )
        self.pools = self._make_pools(
            root.bin, clock, fleet, admin_tasks, auxiliary_runs, pool_options
        )

    def _make_pools(
        self,
        programs: Path,
        clock: Clock,
        fleet: Fleet,
        admin_tasks: AdminTasks,
        auxiliary_runs: tuple[AuxiliaryRuns, ...],
        options: PoolOptions,
    ) -> Pools:
        return Pools(
            programs,
            self._store,
            clock,
            fleet,
            self._machine,
            admin_tasks,
            auxiliary_runs,
            options,
            on_move=self._node_moved,
            on_change=self.wake,
            on_resized=self.pool_changed,
        )

    @property
    def nodes(self) -> NodeActions:
        """What is done to single nodes."""
        return self.pools.nodes

    @property
    def preemption(self) -> Preemption:
        """What takes Spot nodes away."""
        return self.pools.preemption

    @property
    def autoscaler(self) -> Autoscaler:
        """What resizes the pools that scale themselves."""
        return self.pools.autoscaler

    def start(self) -> None:
        """Go on where the service was ended: kill its processes, requeue its tasks."""
        killed = self._machine.start(self._store.processes)
        requeued = self._store.requeue_interrupted()
        if killed or requeued:
            _LOG.info("killed %d processes, requeued %d tasks of the last run", killed, requeued)
        self._preparation.start()
        self.pools.allocation.restore()
        for job in self._store.jobs.leaving():
            self.jobs.settle(job)
        for job in self._store.jobs.going_on():
            self.jobs.end_if_complete(job)
        self._background.begin(self.job_schedules.run())
        self._background.begin(self._assignment.run())
        self._background.begin(self._deadlines.run())
        for loop in self.pools.loops():
            self._background.begin(loop)

    async def stop(self) -> None:
        """Kill what runs; its tasks are requeued at the next start."""
        self._background.cancel()
        await self._runner.stop()
        await self._preparation.stop()
        await self._release.stop()
        await self._background.ended()
        await self.pools.allocation.stop()
        await self._machine.stop()

    def send_logs(self, container: Document, logs: dict[str, bytes]) -> None:
        """Send a node's logs to a container, under these names, some time after this."""
        self._background.begin(self._machine.executor.send(container, logs))

    def wake(self) -> None:
        """Look for tasks that can be given to nodes."""
        self._assignment.wake()

    def pool_changed(self, key: str) -> None:
        """Bring a pool nearer to its targets, which may have changed."""
        self.pools.allocation.reconcile(key)
        self._deadlines.look_again()

    def pool_made(self, key: str) -> None:
        """Give a new pool its nodes."""
        self.pool_changed(key)
        self.pools.autoscaler.pools_changed()

    def remove_nodes(self, pool: Pool, nodes: list[Node]) -> None:
        """Let nodes leave a pool whose targets were lowered by them."""
        self.pools.allocation.remove(pool, nodes)
        self._deadlines.look_again()

    def job_made(self, job: Job) -> None:
        """A job was made, perhaps with a pool of its own."""
        if job.auto_pool is not None:
            self.pool_made(job.auto_pool.lower())
        self.job_changed(job.key)

    def job_changed(self, key: str) -> None:
        """A job was changed: its end, its deadline and its priority may have moved."""
        job = self._store.jobs.find(key)
        if job is not None:
            self.jobs.end_if_complete(job)
        self._deadlines.look_again()
        self.wake()

    def task_ended(self, job: Job, task: Task) -> None:
        """A task was completed by an operation: what runs of it is killed."""
        run = self._runs.of_task(task)
        if run is not None:
            run.stop(Ending.DROPPED)
        self.jobs.end_if_complete(job)
        self.wake()

    def task_removed(self, job: Job, task: Task) -> None:
        """A task was removed: what runs of it is killed, and its directory deleted."""
        self.task_ended(job, task)
        if task.node is not None and self._runs.of_task(task) is None:
            self._runner.discard_directory(job, task)

    @property
    def is_behind(self) -> bool:
        """Whether something that could be done now waits for its turn, behind requests."""
        return self._runner.is_behind or self._assignment.is_behind

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or waits for nodes that are there or for its time to come."""
        return (
            len(self._runs) > 0
            or self._preparation.is_busy
            or self._release.is_busy
            or self._store.tasks.any_waiting()
            or self._store.job_schedules.any_waiting()
        )

    def _node_moved(self, member: Member) -> None:
        """A node has come into another state: what it can be given or is waited for changes."""
        self._preparation.node_moved(member)
        for job in self._release.node_moved(member):
            self.jobs.settle(job)
        self.wake()

    def _auxiliary_run_ended(self, job: Job) -> None:
        """A preparation or release task is over: a job that ends may be waiting for that."""
        now = self._store.jobs.get(job.seq)
        if now is not None:
            self.jobs.settle(now)
        self.wake()


def _executor(store: Store, clock: Clock, options: SchedulerOptions) -> Executor:
    storage = Storage(options.trust, options.identities, options.transfer_patience)
    if options.simulation is None:
        return LocalExecutor(clock, store.processes, storage)
    return SimulatedExecutor(options.simulation, clock, storage)
