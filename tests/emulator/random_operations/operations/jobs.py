"""Random operations on jobs and job schedules."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.emulator.examples import pool_document
from tests.emulator.random_operations.operations.machine import (
    ENDLESS,
    JOBS,
    POOLS,
    SCHEDULES,
    STUBBORN,
    Machine,
)

MARK = '"$AZ_BATCH_JOB_PREP_WORKING_DIR/prepared"'
NOT_PREPARED = 77
"""With what a task ends on a node that isn't prepared for it."""

FOR_EVER = {"retentionTime": "P1000D"}


def _preparations() -> st.SearchStrategy[dict[str, Any]]:
    commands = [
        "sh -c 'touch prepared'",
        "sh -c 'sleep 0.02; touch prepared'",
        "sh -c 'touch prepared'",
        "false",
        ENDLESS,
    ]
    return st.fixed_dictionaries(
        {
            "commandLine": st.sampled_from(commands),
            "waitForSuccess": st.sampled_from([True, True, False]),
            "rerunOnNodeRebootAfterSuccess": st.booleans(),
            "constraints": st.sampled_from([FOR_EVER, {**FOR_EVER, "maxTaskRetryCount": 1}]),
        }
    )


RELEASES = st.fixed_dictionaries(
    {
        "commandLine": st.sampled_from(
            [f"sh -c 'test -e {MARK} || exit {NOT_PREPARED}'", "false", ENDLESS, STUBBORN]
        ),
        "maxWallClockTime": st.just("PT5M"),
    }
)
MANAGERS = st.fixed_dictionaries(
    {
        "id": st.just("manager"),
        "commandLine": st.sampled_from(["true", "sh -c 'exit 3'", ENDLESS]),
        "killJobOnCompletion": st.booleans(),
        "runExclusive": st.booleans(),
        "allowLowPriorityNode": st.booleans(),
    }
)
SHAPES = st.fixed_dictionaries(
    {
        "onAllTasksComplete": st.sampled_from(["noaction", "terminatejob"]),
        "onTaskFailure": st.sampled_from(["noaction", "performexitoptionsjobaction"]),
        "usesTaskDependencies": st.just(True),
        "constraints": st.sampled_from(
            [{"maxTaskRetryCount": 1}, {}, {"maxWallClockTime": "PT30M"}]
        ),
    },
    optional={
        "jobPreparationTask": _preparations(),
        "jobReleaseTask": RELEASES,
        "jobManagerTask": MANAGERS,
    },
).map(lambda shape: _complete(shape))
RECURRENCES = st.sampled_from(
    [{}, {"recurrenceInterval": "PT1H"}, {"recurrenceInterval": "PT1M", "startWindow": "PT1M"}]
)


def _complete(shape: dict[str, Any]) -> dict[str, Any]:
    """Leave out a release task that no preparation task goes with; tell tasks what to expect."""
    preparation = shape.get("jobPreparationTask")
    if preparation is None:
        return {name: value for name, value in shape.items() if name != "jobReleaseTask"}
    if preparation["waitForSuccess"]:
        return {**shape, "commonEnvironmentSettings": [{"name": "MUST_BE_PREPARED", "value": "1"}]}
    return shape


def auto_pool(lifetime: str, keep: bool) -> dict[str, Any]:
    """A `poolInfo` with one node of its own."""
    pool = pool_document("", taskSlotsPerNode=2, targetDedicatedNodes=1)
    del pool["id"]
    return {
        "autoPoolSpecification": {"poolLifetimeOption": lifetime, "keepAlive": keep, "pool": pool}
    }


class JobOperations(Machine):
    @rule(job=JOBS, pool=POOLS, shape=SHAPES)
    def create_job(self, job: str, pool: str, shape: dict[str, Any]) -> None:
        self.send("POST", "/jobs", {"id": job, "poolInfo": {"poolId": pool}, **shape})

    @rule(job=JOBS, shape=SHAPES, keep=st.booleans())
    def create_job_with_a_pool(self, job: str, shape: dict[str, Any], keep: bool) -> None:
        self.send("POST", "/jobs", {"id": job, "poolInfo": auto_pool("job", keep), **shape})

    @rule(job=JOBS, ends=st.booleans(), priority=st.integers(-2, 2))
    def update_job(self, job: str, ends: bool, priority: int) -> None:
        body: dict[str, Any] = {"priority": priority}
        if ends:
            body["onAllTasksComplete"] = "terminatejob"
        self.send("PATCH", f"/jobs/{job}", body)

    @rule(job=JOBS, pool=POOLS, limit=st.sampled_from(["PT1M", "P1D"]))
    def replace_job(self, job: str, pool: str, limit: str) -> None:
        """Where it's disabled, it may go to another pool."""
        body = {"poolInfo": {"poolId": pool}, "constraints": {"maxWallClockTime": limit}}
        self.send("PUT", f"/jobs/{job}", body)

    @rule(job=JOBS, keep=st.booleans())
    def keep_its_pool(self, job: str, keep: bool) -> None:
        self.send("PATCH", f"/jobs/{job}", {"poolInfo": auto_pool("job", keep)})

    @rule(job=JOBS, how=st.sampled_from(["requeue", "terminate", "wait"]))
    def disable_job(self, job: str, how: str) -> None:
        self.send("POST", f"/jobs/{job}/disable", {"disableTasks": how})

    @rule(job=JOBS)
    def enable_job(self, job: str) -> None:
        self.send("POST", f"/jobs/{job}/enable")

    @rule(job=JOBS)
    def terminate_job(self, job: str) -> None:
        self.send("POST", f"/jobs/{job}/terminate", {})

    @rule(job=JOBS)
    def delete_job(self, job: str) -> None:
        self.send("DELETE", f"/jobs/{job}")

    # Job schedules

    @rule(
        schedule=SCHEDULES,
        times=RECURRENCES,
        pool_info=st.one_of(
            POOLS.map(lambda pool: {"poolId": pool}),
            st.builds(auto_pool, st.sampled_from(["job", "jobschedule"]), st.booleans()),
        ),
        shape=SHAPES,
    )
    def create_schedule(
        self,
        schedule: str,
        times: dict[str, str],
        pool_info: dict[str, Any],
        shape: dict[str, Any],
    ) -> None:
        specification = {"poolInfo": pool_info, **shape}
        body = {"id": schedule, "schedule": times, "jobSpecification": specification}
        self.send("POST", "/jobschedules", body)

    @rule(schedule=SCHEDULES, times=RECURRENCES)
    def update_schedule(self, schedule: str, times: dict[str, str]) -> None:
        self.send("PATCH", f"/jobschedules/{schedule}", {"schedule": times})

    @rule(schedule=SCHEDULES, action=st.sampled_from(["disable", "enable", "terminate"]))
    def act_on_schedule(self, schedule: str, action: str) -> None:
        self.send("POST", f"/jobschedules/{schedule}/{action}")

    @rule(schedule=SCHEDULES)
    def delete_schedule(self, schedule: str) -> None:
        self.send("DELETE", f"/jobschedules/{schedule}")
