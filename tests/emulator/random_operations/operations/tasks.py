"""Random operations on tasks."""

from __future__ import annotations

import shlex
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.emulator.random_operations.operations.jobs import MARK, NOT_PREPARED
from tests.emulator.random_operations.operations.machine import COMMANDS, ENDLESS, JOBS, Machine

TASKS = st.sampled_from(["1", "2", "3", "4", "05", "last"])
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "maxTaskRetryCount": st.sampled_from([0, 2]),
        "maxWallClockTime": st.sampled_from(["PT5S", "PT1H"]),
        "retentionTime": st.sampled_from(["PT0S", "P1D"]),
    },
)
DEPENDENCIES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.lists(TASKS, min_size=1, max_size=2).map(lambda ids: {"taskIds": ids}),
    st.tuples(st.integers(1, 5), st.integers(0, 2)).map(
        lambda range_: {"taskIdRanges": [{"start": range_[0], "end": range_[0] + range_[1]}]}
    ),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "jobAction": st.sampled_from(["none", "disable", "terminate"]),
        "dependencyAction": st.sampled_from(["satisfy", "block"]),
    },
)
EXIT_CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "exitCodes": st.builds(
            lambda code, options: [{"code": code, "exitOptions": options}],
            st.sampled_from([0, 3]),
            OPTIONS,
        ),
        "exitCodeRanges": OPTIONS.map(
            lambda options: [{"start": 3, "end": 4, "exitOptions": options}]
        ),
        "preProcessingError": OPTIONS,
        "default": OPTIONS,
    },
)
NEW_TASKS = st.dictionaries(
    TASKS,
    st.fixed_dictionaries(
        {"commandLine": COMMANDS.map(lambda command: _where_prepared(command))},
        optional={
            "constraints": CONSTRAINTS,
            "requiredSlots": st.integers(1, 2),
            "dependsOn": DEPENDENCIES,
            "exitConditions": EXIT_CONDITIONS,
        },
    ),
    min_size=1,
)


def _where_prepared(command: str) -> str:
    """Let a task look for itself whether its node was prepared, where its job wants that."""
    if command == "there-is-no-such-program":
        return command
    check = f'if [ "$MUST_BE_PREPARED" ]; then test -e {MARK} || exit {NOT_PREPARED}; fi'
    return f"sh -c {shlex.quote(f'{check}; exec {command}')}"


class TaskOperations(Machine):
    @rule(job=JOBS, tasks=NEW_TASKS)
    def add_tasks(self, job: str, tasks: dict[str, dict[str, Any]]) -> None:
        """Job actions are left out where the job would refuse them."""
        value = [{"id": task_id, **fields} for task_id, fields in tasks.items()]
        document = self.now.jobs.get(job)
        if document is not None and document["onTaskFailure"] == "noaction":
            value = [_without_job_actions(task) for task in value]
        self.send("POST", f"/jobs/{job}/addtaskcollection", {"value": value})
        self.service.work(0.02)

    @rule(tasks=st.sets(TASKS, min_size=1), slots=st.integers(1, 3))
    def add_long_tasks(self, tasks: set[str], slots: int) -> None:
        fields = {"commandLine": ENDLESS, "requiredSlots": slots}
        self.add_tasks("job-1", {each: fields for each in sorted(tasks)})

    @rule(job=JOBS, task=TASKS, constraints=CONSTRAINTS)
    def replace_constraints(self, job: str, task: str, constraints: dict[str, Any]) -> None:
        self.send("PUT", f"/jobs/{job}/tasks/{task}", {"constraints": constraints})

    @rule(job=JOBS, task=TASKS)
    def terminate_task(self, job: str, task: str) -> None:
        self.send("POST", f"/jobs/{job}/tasks/{task}/terminate")

    @rule(job=JOBS, task=TASKS)
    def reactivate_task(self, job: str, task: str) -> None:
        if self.send("POST", f"/jobs/{job}/tasks/{task}/reactivate").status == 204:
            self.history.note_reactivated(job, task)

    @rule(job=JOBS, task=TASKS)
    def delete_task(self, job: str, task: str) -> None:
        self.send("DELETE", f"/jobs/{job}/tasks/{task}")


def _without_job_actions(task: dict[str, Any]) -> dict[str, Any]:
    conditions = task.get("exitConditions", {})
    kept: dict[str, Any] = {}
    for name, value in conditions.items():
        if isinstance(value, list):
            kept[name] = [
                {**item, "exitOptions": _without_job_action(item["exitOptions"])} for item in value
            ]
        else:
            kept[name] = _without_job_action(value)
    return {**task, "exitConditions": kept} if kept else task


def _without_job_action(options: dict[str, str]) -> dict[str, str]:
    return {name: action for name, action in options.items() if name != "jobAction"}
