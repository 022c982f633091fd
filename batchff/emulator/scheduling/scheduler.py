"""The scheduler: what operations tell when they have changed something, and who acts on it.

It works on the store and on processes and knows nothing of HTTP; everything happens in one event
loop, so no two changes cross.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass

from batchff.emulator.clock import Clock
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.nodes.admin_tasks import Elevation
from batchff.emulator.nodes.execution import Executor
from batchff.emulator.nodes.local_execution import LocalExecutor
from batchff.emulator.nodes.process import kill_below, kill_recorded
from batchff.emulator.nodes.start_task import StartTasks
from batchff.emulator.nodes.transfer import Storage
from batchff.emulator.nodes.trash import Disposal
from batchff.emulator.root import Root
from batchff.emulator.scheduling.deadlines import Timekeeper
from batchff.emulator.scheduling.fleet.auxiliary_runs import SideRuns
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Ending, Member
from batchff.emulator.scheduling.fleet.runs import Runs
from batchff.emulator.scheduling.jobs.auto_pools import AutoPools
from batchff.emulator.scheduling.jobs.job_preparation import JobPreparation
from batchff.emulator.scheduling.jobs.job_release import JobRelease
from batchff.emulator.scheduling.jobs.job_schedules import JobSchedules
from batchff.emulator.scheduling.jobs.jobs import Jobs
from batchff.emulator.scheduling.loops.background import Background
from batchff.emulator.scheduling.pools.allocation import AccountAddress, Allocation
from batchff.emulator.scheduling.pools.autoscaler import Autoscaler
from batchff.emulator.scheduling.pools.boot import Boots
from batchff.emulator.scheduling.pools.drain import Drain
from batchff.emulator.scheduling.pools.node_actions import NodeActions
from batchff.emulator.scheduling.pools.preemption import Preemption
from batchff.emulator.scheduling.pools.simulated_preemptions import Preemptions
from batchff.emulator.scheduling.retention import Retention
from batchff.emulator.scheduling.tasks.assignment import Assignment
from batchff.emulator.scheduling.tasks.runner import Runner
from batchff.emulator.simulation.executor import SimulatedExecutor
from batchff.emulator.simulation.settings import Simulation
from batchff.emulator.state.model import Job, Node, Pool, Task
from batchff.emulator.state.store import Store

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    run_admin_tasks: bool = False
    core_quota: int | None = None
    simulation: Simulation | None = None
    trust: ssl.SSLContext | None = None
    """Whom the nodes believe over HTTPS; None for the system's authorities."""
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
        self._root = root
        self._store = store
        self._executor = _executor(store, clock, options)
        self._runs = Runs()
        self._background = Background()
        self._disposal = Disposal(root.nodes)
        fleet = Fleet()
        run_admin = options.run_admin_tasks or options.simulation is not None
        elevation = Elevation(self._executor, run_admin)
        self._preparing = SideRuns(self._background, clock, self._side_run_ended)
        self._releasing = SideRuns(self._background, clock, self._side_run_ended)
        self._preparation = JobPreparation(store, elevation, self._preparing, clock)
        self._release = JobRelease(store, fleet, elevation, self._releasing, clock)
        self._timekeeper = Timekeeper(
            store,
            Retention(root, store, self._disposal),
            clock,
            on_overdue=lambda job: self.jobs.terminate(job, "MaxWallClockTimeExpiry"),
            on_late=lambda pool: self._allocation.time_out(pool),
        )
        auto_pools = AutoPools(store, self.pool_changed)
        self.jobs = Jobs(
            root,
            store,
            self._runs,
            self._preparation,
            self._release,
            auto_pools,
            self._disposal,
            self._background,
            on_change=self.job_changed,
            on_end=lambda: self.job_schedules.look_again(),
        )
        self.job_schedules = JobSchedules(
            root, store, clock, self.jobs, auto_pools, self._disposal, on_made=self.job_made
        )
        self._runner = Runner(
            root,
            store,
            self._runs,
            self._executor,
            self.jobs,
            self._preparation,
            self._disposal,
            self._background,
            clock,
            run_admin,
            on_free=self.wake,
        )
        self._assignment = Assignment(
            store, fleet, self._runs, self._runner, self._preparation, clock
        )
        self.autoscaler = Autoscaler(store, clock, self.pool_changed)
        start_tasks = StartTasks(store, elevation)
        boots = Boots(store, self._executor, start_tasks, self._node_moved)
        drain = Drain(store, self._executor, (self._preparing, self._releasing), clock)
        self.nodes = NodeActions(fleet, boots, drain, self._disposal, self.wake)
        self.preemption = Preemption(store, fleet, boots, drain, self._disposal, clock)
        self._simulated_preemptions = None
        if options.simulation is not None:
            self._simulated_preemptions = Preemptions(
                options.simulation, store, self.preemption, clock
            )
        self._allocation = Allocation(
            root,
            store,
            self._executor,
            fleet,
            boots,
            drain,
            self.preemption,
            self._disposal,
            account,
            options.core_quota,
        )

    def start(self) -> None:
        """Take up what an earlier life left: kill what it left running, requeue its tasks."""
        killed = kill_recorded(self._store.processes.all()) + kill_below(self._root.nodes)
        self._store.processes.clear()
        requeued = self._store.requeue_interrupted()
        if killed or requeued:
            _LOG.info("killed %d processes, requeued %d tasks of the last run", killed, requeued)
        self._disposal.start()
        self._preparation.start()
        self._allocation.restore()
        for job in self._store.jobs.leaving():
            self.jobs.settle(job)
        for job in self._store.jobs.going_on():
            self.jobs.end_if_complete(job)
        self._background.begin(self.job_schedules.run())
        self._background.begin(self._assignment.run())
        self._background.begin(self._timekeeper.run())
        self._background.begin(self.autoscaler.run())
        if self._simulated_preemptions is not None:
            self._background.begin(self._simulated_preemptions.run())

    async def stop(self) -> None:
        """Kill what runs; its tasks are requeued at the next start."""
        self._background.cancel()
        await self._runner.stop()
        await self._preparing.stop()
        await self._releasing.stop()
        await self._background.ended()
        await self._allocation.stop()
        await self._disposal.stop()
        kill_below(self._root.nodes)
        self._executor.close()

    def wake(self) -> None:
        """Look for tasks that can be given to nodes."""
        self._assignment.wake()

    def pool_changed(self, key: str) -> None:
        self._allocation.reconcile(key)
        self._timekeeper.look_again()

    def pool_made(self, key: str) -> None:
        self.pool_changed(key)
        self.autoscaler.pools_changed()

    def remove_nodes(self, pool: Pool, nodes: list[Node]) -> None:
        """Let nodes leave a pool whose targets were lowered by them."""
        self._allocation.remove(pool, nodes)
        self._timekeeper.look_again()

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
        self._timekeeper.look_again()
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
            self._disposal.discard(self._runner.task_directory(job, task))

    @property
    def is_behind(self) -> bool:
        """Whether something that could be done now waits for its turn, behind requests."""
        return self._runner.is_behind or self._assignment.is_behind

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or waits for nodes that are there or for its time to come."""
        return (
            len(self._runs) + len(self._preparing) + len(self._releasing) > 0
            or self._store.tasks.any_waiting()
            or self._store.job_schedules.any_waiting()
        )

    def _node_moved(self, member: Member) -> None:
        """A node has come into another state: what it can be given or is waited for changes."""
        self._preparation.node_moved(member)
        for job in self._release.node_moved(member):
            self.jobs.settle(job)
        self.wake()

    def _side_run_ended(self, job: Job) -> None:
        """A preparation or release task is over: a job that ends may be waiting for that."""
        now = self._store.jobs.get(job.seq)
        if now is not None:
            self.jobs.settle(now)
        self.wake()


def _executor(store: Store, clock: Clock, options: SchedulerOptions) -> Executor:
    storage = Storage(options.trust, options.identities)
    if options.simulation is None:
        return LocalExecutor(clock, store.processes, storage)
    return SimulatedExecutor(options.simulation, clock, storage)
