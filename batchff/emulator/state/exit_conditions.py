"""What follows from the way a task ended, for its job and for the tasks that depend on it.

Source: `exitConditions` of Task - Add, and `onTaskFailure` of Job - Add.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from batchff.emulator.state.model import Document, Task
from batchff.emulator.state.transitions import EXIT_CODE, TASK_ENDED

SINGLE = ("preProcessingError", "fileUploadError", "default")
"""The conditions that have one set of options."""
LISTS = ("exitCodes", "exitCodeRanges")
"""The conditions that are lists, each item with options of its own."""


class JobAction(StrEnum):
    """What becomes of the job."""

    NONE = "none"
    DISABLE = "disable"
    TERMINATE = "terminate"


class DependencyAction(StrEnum):
    """What becomes of the tasks that depend on it."""

    SATISFY = "satisfy"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class ExitOptions:
    """What a completed task asks for."""

    job_action: JobAction
    dependency_action: DependencyAction


def exit_options(task: Task) -> ExitOptions:
    """Tell what follows from a completed task; only an exit code that is listed changes success."""
    failed = task.failure is not None
    chosen = _chosen(task.document.get("exitConditions", {}), task)
    job_action = chosen.get("jobAction", JobAction.TERMINATE if failed else JobAction.NONE)
    dependency_action = chosen.get(
        "dependencyAction", DependencyAction.BLOCK if failed else DependencyAction.SATISFY
    )
    return ExitOptions(JobAction(job_action), DependencyAction(dependency_action))


def complete_exit_conditions(conditions: Document) -> Document:
    """Write the actions in lower case, as answers show them."""
    complete: Document = {
        name: [{**item, "exitOptions": _lower(item["exitOptions"])} for item in conditions[name]]
        for name in LISTS
        if name in conditions
    }
    return complete | {name: _lower(conditions[name]) for name in SINGLE if name in conditions}


def _chosen(conditions: Document, task: Task) -> Document:
    """Find the options for how a task ended: an exit code's come before all others."""
    code, failure = task.exit_code, task.failure
    if code is not None:
        for item in conditions.get("exitCodes", ()):
            if item["code"] == code:
                return dict(item["exitOptions"])
        for item in conditions.get("exitCodeRanges", ()):
            if item["start"] <= code <= item["end"]:
                return dict(item["exitOptions"])
    if failure is None:
        return {}
    default: Document = conditions.get("default", {})
    if failure["code"] in (EXIT_CODE.code, TASK_ENDED.code):
        return default
    kind = "preProcessingError" if code is None else "fileUploadError"
    return dict(conditions.get(kind, default))


def _lower(options: Document) -> Document:
    return {name: action.lower() for name, action in options.items()}
