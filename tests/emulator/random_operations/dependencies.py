"""Which tasks may go on, told from what clients see: written apart from the emulator's own code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.emulator.random_operations.snapshot import Document

Name = str | int
"""A task's id without case, or as a number: what other tasks may depend on."""


def names_of(task_id: str) -> set[Name]:
    names: set[Name] = {task_id.lower()}
    return names | {int(task_id)} if task_id.isdecimal() else names


def depends_on(task: Document) -> Iterator[Name]:
    """Give all that a task depends on, a range number by number."""
    dependencies = task.get("dependsOn", {})
    for task_id in dependencies.get("taskIds", ()):
        yield task_id.lower()
    for limits in dependencies.get("taskIdRanges", ()):
        yield from range(limits["start"], limits["end"] + 1)


def is_satisfied(task: Document) -> bool:
    """Tell whether tasks that depend on it may go on."""
    if task["state"] != "completed":
        return False
    succeeded = task["executionInfo"]["result"] == "success"
    action = _exit_options(task).get("dependencyAction", "satisfy" if succeeded else "block")
    return bool(action == "satisfy")


def _exit_options(task: Document) -> dict[str, Any]:
    info, conditions = task["executionInfo"], task.get("exitConditions", {})
    code = info.get("exitCode")
    for item in conditions.get("exitCodes", ()):
        if item["code"] == code:
            return dict(item["exitOptions"])
    for item in conditions.get("exitCodeRanges", ()):
        if code is not None and item["start"] <= code <= item["end"]:
            return dict(item["exitOptions"])
    failure = info.get("failureInfo")
    if failure is None:
        return {}
    if code is None and failure["code"] != "TaskEnded" and "preProcessingError" in conditions:
        return dict(conditions["preProcessingError"])
    return dict(conditions.get("default", {}))
