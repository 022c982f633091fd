"""What holds from one moment to the next ones."""

from __future__ import annotations

from typing import Any

from tests.emulator.random_operations.dependencies import Name, depends_on, is_satisfied, names_of
from tests.emulator.random_operations.snapshot import (
    AT_WORK,
    Document,
    Snapshot,
    TaskKey,
    moment,
)

AFTER = {
    "active": {"active", "disabling", "disabled", "enabling", "terminating", "completed"},
    "disabling": {"disabling", "disabled", "enabling", "active", "terminating", "completed"},
    "disabled": {"disabled", "enabling", "active", "disabling", "terminating", "completed"},
    "terminating": {"terminating", "completed"},
    "completed": {"completed"},
    "deleting": set(),
}
"""Where a job can be later that was in a state; any can be deleting."""
SCHEDULE_AFTER = {
    "active": {"active", "disabled", "terminating", "completed"},
    "disabled": {"active", "disabled", "terminating", "completed"},
    "terminating": {"terminating", "completed"},
    "completed": {"completed"},
    "deleting": set(),
}


class History:
    """Moments, each checked against the one before it."""

    def __init__(self, first: Snapshot) -> None:
        self.now = first
        self._reactivated: set[TaskKey] = set()
        self._satisfied: dict[tuple[str, str], set[Name]] = {}
        """By job and its creation: what may have let go those that depend on it."""

    def note_reactivated(self, job: str, task: str) -> None:
        """A completed task was made active again, so that it may be so at the next moment."""
        self._reactivated.add((job, task))

    def go_on(self, now: Snapshot) -> None:
        """Check the next moment."""
        before, self.now = self.now, now
        for earlier, later in _pairs(before.pools, now.pools):
            _check_times(earlier, later)
            _check_times(earlier, later, "allocationStateTransitionTime", "allocationState")
            assert (earlier["state"], later["state"]) != ("deleting", "active")
        for earlier, later in _pairs(before.nodes_by_id, now.nodes_by_id, "allocationTime"):
            _check_times(earlier, later)
            assert earlier["state"] != "leavingpool" or later["state"] == "leavingpool"
        for earlier, later in _pairs(before.schedules, now.schedules):
            _check_times(earlier, later)
            assert later["state"] in SCHEDULE_AFTER[earlier["state"]] | {"deleting"}
        for earlier, later in _pairs(before.jobs, now.jobs):
            _check_times(earlier, later)
            assert later["state"] in AFTER[earlier["state"]] | {"deleting"}
            self._check_releases(before, earlier, later)
        for earlier, later in _pairs(before.tasks, now.tasks):
            self._check_task(earlier, later)
        for job in now.jobs.values():
            self._check_dependencies(before, job)
        self._reactivated.clear()

    def _check_task(self, earlier: Document, later: Document) -> None:
        _check_times(earlier, later)
        if (_job_of(earlier), earlier["id"]) in self._reactivated:
            return
        if earlier["state"] == "completed":
            assert later == earlier, "a completed task changed"
        for count in ("retryCount", "requeueCount"):
            assert later["executionInfo"][count] >= earlier["executionInfo"][count]

    def _check_releases(self, before: Snapshot, earlier: Document, later: Document) -> None:
        """A release task that has ended has ended for good; one that was due has been run."""
        rows = self.now.preparations.get(later["id"], {})
        for node_id, row in before.preparations.get(later["id"], {}).items():
            released = row.get("jobReleaseTaskExecutionInfo", {})
            if released.get("state") == "completed":
                assert rows[node_id]["jobReleaseTaskExecutionInfo"] == released
        if later["state"] != "completed" or earlier["state"] == "completed":
            return
        for row in rows.values() if "jobReleaseTask" in later else ():
            if self._is_release_due(later, row):
                assert row["jobReleaseTaskExecutionInfo"]["state"] == "completed"

    def _is_release_due(self, job: Document, row: Document) -> bool:
        """Tell whether a node was prepared, and has been up since."""
        prepared = row["jobPreparationTaskExecutionInfo"]
        waits = job["jobPreparationTask"]["waitForSuccess"]
        failure = prepared.get("failureInfo")
        ran = failure is None or (not waits and failure["code"] != "TaskEnded")
        node = self.now.nodes_by_id.get(row["nodeId"])
        return (
            ran
            and node is not None
            and node["state"] in ("idle", "running")
            and moment(node["lastBootTime"]) < moment(prepared["startTime"])
        )

    def _check_dependencies(self, before: Snapshot, job: Document) -> None:
        """A task has begun only if all that it depends on lets it go on.

        What is gone since the last moment may have done so before that.
        """
        satisfied = self._satisfied.setdefault((job["id"], job["creationTime"]), set())
        tasks = self.now.tasks_of(job["id"])
        for task_id, task in before.tasks_of(job["id"]).items():
            same = tasks.get(task_id, {}).get("creationTime") == task["creationTime"]
            if not same or (job["id"], task_id) in self._reactivated:
                satisfied |= names_of(task_id)
        for task_id, task in tasks.items():
            if is_satisfied(task):
                satisfied |= names_of(task_id)
        for task in tasks.values():
            if task["state"] in AT_WORK or "startTime" in task["executionInfo"]:
                assert satisfied.issuperset(depends_on(task)), f"{task['id']} began too early"


def _check_times(
    earlier: Document, later: Document, time: str = "stateTransitionTime", state: str = "state"
) -> None:
    before, after = moment(earlier[time]), moment(later[time])
    assert after >= before
    assert later[state] == earlier[state] or after > before


def _pairs(
    before: dict[Any, Document], now: dict[Any, Document], birth: str = "creationTime"
) -> list[tuple[Document, Document]]:
    """Those that were there before and still are, not others made anew under their names."""
    return [
        (each, now[key])
        for key, each in before.items()
        if key in now and now[key][birth] == each[birth]
    ]


def _job_of(task: Document) -> str:
    return str(task["url"]).split("/jobs/")[1].split("/")[0]
