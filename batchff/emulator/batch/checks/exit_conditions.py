"""Which exit conditions a task may have in its job."""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.state.exit_conditions import LISTS, SINGLE
from batchff.emulator.state.model import Document


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


def _options(conditions: Document) -> list[tuple[str, Document]]:
    """Give all options, each with its place in the body."""
    found = [
        (f"exitConditions.{name}[{index}].exitOptions", item["exitOptions"])
        for name in LISTS
        for index, item in enumerate(conditions.get(name, ()))
    ]
    return found + [
        (f"exitConditions.{name}", conditions[name]) for name in SINGLE if name in conditions
    ]
