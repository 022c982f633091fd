"""Whatever is asked of it and in whatever order, the emulator keeps to its state machines.

`EMULATOR_EXAMPLES=300 pytest -n0 tests/emulator/test_random_operations.py` is the long form.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.emulator.examples import pool_document
from tests.emulator.scheduling.in_process import Answer, InProcess
from tests.emulator.scheduling.invariants import (
    Picture,
    check_history,
    check_picture,
    processes_below,
)

EXAMPLES = int(os.environ.get("EMULATOR_EXAMPLES", "6"))

POOL_IDS = ["pool-1", "pool-2"]
JOB_IDS = ["job-1", "job-2", "job-3"]

POOLS = st.sampled_from([*POOL_IDS, "pool-1"])
JOBS = st.sampled_from([*JOB_IDS, "job-1", "job-1"])
TASKS = st.sampled_from(["task-1", "task-2", "task-3", "task-4", "task-5"])
COMMANDS = st.sampled_from(
    [
        "true",
        "sh -c 'exit 3'",
        "sleep 600",
        "sh -c 'sleep 600 & setsid sleep 600 & wait'",
        """sh -c 'trap "" TERM; while :; do sleep 0.1; done'""",
        "there-is-no-such-program",
    ]
)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "maxTaskRetryCount": st.sampled_from([0, 2]),
        "maxWallClockTime": st.sampled_from(["PT5S", "PT1H"]),
        "retentionTime": st.sampled_from(["PT0S", "P1D"]),
    },
)


class RandomOperations(RuleBasedStateMachine):
    """Operations on a few pools, jobs and tasks; each also where there is nothing to do it to."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="emulator-"))
        self._service = InProcess(self._folder)
        self._before = self._look()
        self._reactivated: set[tuple[str, str]] = set()

    @initialize()
    def begin_with_tasks_that_run(self) -> None:
        self.create_pool("pool-1", 1, 0, 2)
        self.create_job("job-1", "pool-1", False, 1)
        commands = {"task-1": "sleep 600", "task-2": "sh -c 'exit 3'"}
        self.add_tasks("job-1", {each: (line, {}, 1) for each, line in commands.items()})

    # Pools

    @rule(pool=POOLS, nodes=st.integers(0, 2), spot=st.integers(0, 1), slots=st.integers(1, 3))
    def create_pool(self, pool: str, nodes: int, spot: int, slots: int) -> None:
        targets = {"targetDedicatedNodes": nodes, "targetLowPriorityNodes": spot}
        body = pool_document(pool, taskSlotsPerNode=slots, **targets)
        self._send("POST", "/pools", body)

    @rule(
        pool=POOLS,
        nodes=st.integers(0, 3),
        how=st.sampled_from(["requeue", "terminate", "taskcompletion"]),
    )
    def resize_pool(self, pool: str, nodes: int, how: str) -> None:
        body = {"targetDedicatedNodes": nodes, "nodeDeallocationOption": how}
        self._send("POST", f"/pools/{pool}/resize", body)

    @rule(pool=POOLS)
    def stop_resize(self, pool: str) -> None:
        self._send("POST", f"/pools/{pool}/stopresize")

    @rule(pool=POOLS, fails=st.booleans())
    def give_a_start_task(self, pool: str, fails: bool) -> None:
        start = {"commandLine": "false" if fails else "true", "waitForSuccess": True}
        self._send("PATCH", f"/pools/{pool}", {"startTask": start})

    @rule(pool=POOLS)
    def delete_pool(self, pool: str) -> None:
        self._send("DELETE", f"/pools/{pool}")

    # Jobs

    @rule(job=JOBS, pool=POOLS, ends=st.booleans(), retries=st.sampled_from([0, 1]))
    def create_job(self, job: str, pool: str, ends: bool, retries: int) -> None:
        body = {
            "id": job,
            "poolInfo": {"poolId": pool},
            "onAllTasksComplete": "terminatejob" if ends else "noaction",
            "constraints": {"maxTaskRetryCount": retries},
        }
        self._send("POST", "/jobs", body)

    @rule(job=JOBS, ends=st.booleans(), priority=st.integers(-2, 2))
    def update_job(self, job: str, ends: bool, priority: int) -> None:
        body: dict[str, Any] = {"priority": priority}
        if ends:
            body["onAllTasksComplete"] = "terminatejob"
        self._send("PATCH", f"/jobs/{job}", body)

    @rule(job=JOBS, how=st.sampled_from(["requeue", "terminate", "wait"]))
    def disable_job(self, job: str, how: str) -> None:
        self._send("POST", f"/jobs/{job}/disable", {"disableTasks": how})

    @rule(job=JOBS)
    def enable_job(self, job: str) -> None:
        self._send("POST", f"/jobs/{job}/enable")

    @rule(job=JOBS)
    def terminate_job(self, job: str) -> None:
        self._send("POST", f"/jobs/{job}/terminate", {})

    @rule(job=JOBS)
    def delete_job(self, job: str) -> None:
        self._send("DELETE", f"/jobs/{job}")

    # Tasks

    @rule(
        job=JOBS,
        tasks=st.dictionaries(
            TASKS, st.tuples(COMMANDS, CONSTRAINTS, st.integers(1, 2)), min_size=1
        ),
    )
    def add_tasks(self, job: str, tasks: dict[str, tuple[str, dict[str, Any], int]]) -> None:
        value = [
            {"id": each, "commandLine": command, "constraints": limits, "requiredSlots": slots}
            for each, (command, limits, slots) in tasks.items()
        ]
        self._send("POST", f"/jobs/{job}/addtaskcollection", {"value": value})
        self._service.work(0.02)

    @rule(tasks=st.sets(TASKS, min_size=1), slots=st.integers(1, 3))
    def add_long_tasks(self, tasks: set[str], slots: int) -> None:
        self.add_tasks("job-1", {each: ("sleep 600", {}, slots) for each in tasks})

    @rule(job=JOBS, task=TASKS, constraints=CONSTRAINTS)
    def replace_constraints(self, job: str, task: str, constraints: dict[str, Any]) -> None:
        self._send("PUT", f"/jobs/{job}/tasks/{task}", {"constraints": constraints})

    @rule(job=JOBS, task=TASKS)
    def terminate_task(self, job: str, task: str) -> None:
        self._send("POST", f"/jobs/{job}/tasks/{task}/terminate")

    @rule(job=JOBS, task=TASKS)
    def reactivate_task(self, job: str, task: str) -> None:
        if self._send("POST", f"/jobs/{job}/tasks/{task}/reactivate").status == 204:
            self._reactivated.add((job, task))

    @rule(job=JOBS, task=TASKS)
    def delete_task(self, job: str, task: str) -> None:
        self._send("DELETE", f"/jobs/{job}/tasks/{task}")

    # Time

    @rule(milliseconds=st.sampled_from([1, 10, 40]))
    def work(self, milliseconds: int) -> None:
        self._service.work(milliseconds / 1000)

    @rule(seconds=st.sampled_from([1, 6, 3600, 8 * 86400]))
    def let_time_pass(self, seconds: int) -> None:
        self._service.clock.advance(seconds=seconds)
        self._service.work(0.01)

    @precondition(lambda self: self._before.tasks)
    @rule()
    def restart(self) -> None:
        self._service.restart()

    # What always holds

    @invariant()
    def keeps_to_its_state_machines(self) -> None:
        now = self._look()
        check_picture(now)
        check_history(self._before, now, self._reactivated)
        self._before = now
        self._reactivated.clear()

    def teardown(self) -> None:
        try:
            self._service.work_until(self._is_settled)
        finally:
            self._service.close()
            left = processes_below(self._folder)
            shutil.rmtree(self._folder, ignore_errors=True)
        assert not left

    def _is_settled(self) -> bool:
        """Nothing is on its way any more, and what runs is what is said to run."""
        now = self._look()
        return now.is_settled and processes_below(self._folder) == now.running

    def _send(self, method: str, path: str, body: object = None) -> Answer:
        answer = self._service.send(method, path, body)
        assert answer.status < 500 or answer.status == 501, (method, path, answer)
        return answer

    def _look(self) -> Picture:
        return Picture.of(self._service, POOL_IDS, JOB_IDS)


TestRandomOperations = RandomOperations.TestCase
TestRandomOperations.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
