"""What follows from the way a task ended, for its job and for the tasks that depend on it.

Source: `exitConditions` of Task - Add, and `onTaskFailure` of Job - Add.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from batchff.emulator.batch.errors import bad_property
from batchff.emulator.batch.lifecycle import EXIT_CODE, TASK_ENDED
from batchff.emulator.batch.model import Document, Task

_SINGLE = ("preProcessingError", "fileUploadError", "default")
_LISTS = ("exitCodes", "exitCodeRanges")


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


def check_exit_conditions(conditions: Document, job: Document) -> None:
    """Raise InvalidPropertyValue for actions that a job's settings leave no room for."""
    for name, options in _options(conditions):
        if "jobAction" in options and job["onTaskFailure"] == "noaction":
            reason = "The job's onTaskFailure is noaction"
            raise bad_property(f"{name}.jobAction", options["jobAction"], reason)
        if "dependencyAction" in options and not job["usesTaskDependencies"]:
            reason = "The job's usesTaskDependencies is false"
            raise bad_property(f"{name}.dependencyAction", options["dependencyAction"], reason)
    for index, limits in enumerate(conditions.get("exitCodeRanges", ())):
        if limits["start"] > limits["end"]:
            name = f"exitConditions.exitCodeRanges[{index}].end"
            raise bad_property(name, limits["end"], "It must not be before the start")


def complete_exit_conditions(conditions: Document) -> Document:
    """Write the actions in lower case, as answers show them."""
    complete: Document = {
        name: [{**item, "exitOptions": _lower(item["exitOptions"])} for item in conditions[name]]
        for name in _LISTS
        if name in conditions
    }
    return complete | {name: _lower(conditions[name]) for name in _SINGLE if name in conditions}


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


def _options(conditions: Document) -> list[tuple[str, Document]]:
    """Give all options, each with where it stands."""
    found = [
        (f"exitConditions.{name}[{index}].exitOptions", item["exitOptions"])
        for name in _LISTS
        for index, item in enumerate(conditions.get(name, ()))
    ]
    return found + [
        (f"exitConditions.{name}", conditions[name]) for name in _SINGLE if name in conditions
    ]


def _lower(options: Document) -> Document:
    return {name: action.lower() for name, action in options.items()}
