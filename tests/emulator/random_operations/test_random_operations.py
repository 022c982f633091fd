"""Whatever is asked of it and in whatever order, the emulator keeps to its state machines.

`EMULATOR_EXAMPLES=300 pytest -n0 tests/emulator/random_operations` is the long form.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.emulator.random_operations.end_state import delete_everything, let_everything_end, settle
from tests.emulator.random_operations.invariants import check_snapshot
from tests.emulator.random_operations.operations.jobs import JobOperations
from tests.emulator.random_operations.operations.machine import ENDLESS
from tests.emulator.random_operations.operations.pools import PoolOperations
from tests.emulator.random_operations.operations.tasks import TaskOperations
from tests.emulator.random_operations.snapshot import processes_below

EXAMPLES = int(os.environ.get("EMULATOR_EXAMPLES", "3"))

FIRST_JOB = {"usesTaskDependencies": True, "onTaskFailure": "performexitoptionsjobaction"}
PREPARED_JOB = {
    **FIRST_JOB,
    "jobPreparationTask": {
        "commandLine": "sh -c 'touch prepared'",
        "constraints": {"retentionTime": "P1000D"},
    },
    "jobReleaseTask": {"commandLine": "true"},
}
SATISFIES = {"default": {"jobAction": "none", "dependencyAction": "satisfy"}}


class RandomOperations(PoolOperations, JobOperations, TaskOperations):
    """Operations on a few pools, jobs, schedules and tasks."""

    @initialize(prepared=st.booleans())
    def begin_with_tasks_that_run(self, prepared: bool) -> None:
        self.create_pool("pool-1", 1, 1, 2, "spread")
        self.create_job("job-1", "pool-1", PREPARED_JOB if prepared else FIRST_JOB)
        tasks: dict[str, dict[str, Any]] = {
            "1": {"commandLine": ENDLESS},
            "2": {"commandLine": "sh -c 'exit 3'", "exitConditions": SATISFIES},
            "3": {"commandLine": "true", "dependsOn": {"taskIds": ["2"]}},
            "4": {"commandLine": "true", "dependsOn": {"taskIdRanges": [{"start": 1, "end": 3}]}},
        }
        self.add_tasks("job-1", tasks)

    @rule(milliseconds=st.sampled_from([1, 10, 40]))
    def work(self, milliseconds: int) -> None:
        self.service.work(milliseconds / 1000)

    @rule(seconds=st.sampled_from([1, 6, 60, 3600, 8 * 86400]))
    def let_time_pass(self, seconds: int) -> None:
        self.service.clock.advance(seconds=seconds)
        self.service.work(0.01)

    @rule()
    def restart(self) -> None:
        self.service.restart()

    @invariant()
    def keeps_to_its_state_machines(self) -> None:
        with self._telling_of_requests():
            now = self.look()
            check_snapshot(now)
            self.history.go_on(now)

    def teardown(self) -> None:
        try:
            with self._telling_of_requests():
                settle(self.service)
                let_everything_end(self.service)
                delete_everything(self.service)
        finally:
            self.service.close()
            left = processes_below(self.folder)
            shutil.rmtree(self.folder, ignore_errors=True)
        assert not left

    @contextmanager
    def _telling_of_requests(self) -> Iterator[None]:
        try:
            yield
        except AssertionError as error:
            error.add_note("\n".join(["Requests:", *self.service.sent]))
            raise


TestRandomOperations = RandomOperations.TestCase
TestRandomOperations.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    phases=[Phase.generate],  # what can't be repeated can't be made smaller
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
