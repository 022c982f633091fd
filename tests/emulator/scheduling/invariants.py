"""What always holds of pools, nodes, jobs and tasks, as clients see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator.scheduling.in_process import Answer, InProcess

Document = dict[str, Any]
TaskKey = tuple[str, str]

RUNNING = ("preparing", "running")
LEAVING = {
    "active": {"active", "disabling", "disabled", "enabling", "terminating", "completed"},
    "disabling": {"disabling", "disabled", "enabling", "active", "terminating", "completed"},
    "disabled": {"disabled", "enabling", "active", "terminating", "completed"},
    "enabling": {"enabling", "active", "disabling", "disabled", "terminating", "completed"},
    "terminating": {"terminating", "completed"},
    "completed": {"completed"},
    "deleting": set(),
}
"""Where a job can be later that was in a state; any can be deleting."""


@dataclass
class Picture:
    """Everything at one moment."""

    pools: dict[str, Document] = field(default_factory=dict)
    nodes: dict[str, list[Document]] = field(default_factory=dict)
    jobs: dict[str, Document] = field(default_factory=dict)
    counts: dict[str, Document] = field(default_factory=dict)
    tasks: dict[TaskKey, Document] = field(default_factory=dict)

    @classmethod
    def of(cls, service: InProcess, pools: Iterable[str], jobs: Iterable[str]) -> Picture:
        """Look at pools and jobs of these names, where they are."""
        paths = [path for pool in pools for path in (f"/pools/{pool}", f"/pools/{pool}/nodes")]
        for job in jobs:
            paths += [f"/jobs/{job}", f"/jobs/{job}/taskcounts", f"/jobs/{job}/tasks"]
        found = dict(zip(paths, service.read(paths), strict=True))
        picture = cls()
        for pool in pools:
            if _is_there(found[f"/pools/{pool}"]):
                picture.pools[pool] = found[f"/pools/{pool}"].document
                picture.nodes[pool] = found[f"/pools/{pool}/nodes"].document["value"]
        for job in jobs:
            if _is_there(found[f"/jobs/{job}"]):
                picture.jobs[job] = found[f"/jobs/{job}"].document
                picture.counts[job] = found[f"/jobs/{job}/taskcounts"].document
                for task in found[f"/jobs/{job}/tasks"].document["value"]:
                    picture.tasks[job, task["id"]] = task
        return picture

    @property
    def node_ids(self) -> set[str]:
        return {node["id"] for nodes in self.nodes.values() for node in nodes}

    @property
    def running(self) -> set[TaskKey]:
        return {key for key, task in self.tasks.items() if task["state"] in RUNNING}

    @property
    def is_settled(self) -> bool:
        """Nothing is on its way, and no task waits that an idle node could run."""
        return (
            all(pool["state"] == "active" for pool in self.pools.values())
            and all(pool["allocationState"] == "steady" for pool in self.pools.values())
            and all(
                job["state"] in ("active", "disabled", "completed") for job in self.jobs.values()
            )
            and not any(self._could_run(task, job) for (job, _), task in self.tasks.items())
        )

    def _could_run(self, task: Document, job_id: str) -> bool:
        job = self.jobs[job_id]
        if task["state"] != "active" or job["state"] != "active":
            return False
        pool_id = job["poolInfo"]["poolId"]
        slots = self.pools.get(pool_id, {}).get("taskSlotsPerNode", 0)
        idle = [node for node in self.nodes.get(pool_id, ()) if node["state"] == "idle"]
        return bool(idle) and bool(task["requiredSlots"] <= slots)


def check_picture(picture: Picture) -> None:
    """What holds at each moment."""
    for job_id, counts in picture.counts.items():
        tasks = [task for (job, _), task in picture.tasks.items() if job == job_id]
        assert counts["taskCounts"] == _tally(tasks, slots=False)
        assert counts["taskSlotCounts"] == _tally(tasks, slots=True)
        _check_job(picture.jobs[job_id], tasks)
    for task in picture.tasks.values():
        _check_task(task)
    used: Counter[str] = Counter()
    for task in picture.tasks.values():
        if task["state"] in RUNNING:
            node_id = task["nodeInfo"]["nodeId"]
            assert node_id in picture.node_ids, f"runs on {node_id}, which is gone"
            used[node_id] += task["requiredSlots"]
    for pool_id, nodes in picture.nodes.items():
        for node in nodes:
            assert used[node["id"]] <= picture.pools[pool_id]["taskSlotsPerNode"]
            assert node["runningTaskSlotsCount"] == used[node["id"]]
            assert node["state"] != "idle" or not used[node["id"]]


def check_history(before: Picture, now: Picture, reactivated: set[TaskKey]) -> None:
    """What holds from one moment to a later one; some tasks were reactivated meanwhile."""
    for earlier, later in _pairs(before.pools, now.pools):
        _check_times(earlier, later)
        _check_times(earlier, later, "allocationStateTransitionTime", "allocationState")
        assert (earlier["state"], later["state"]) != ("deleting", "active")
    for earlier, later in _pairs(_by_id(before.nodes), _by_id(now.nodes), "allocationTime"):
        _check_times(earlier, later)
    for earlier, later in _pairs(before.jobs, now.jobs):
        _check_times(earlier, later)
        assert later["state"] in LEAVING[earlier["state"]] | {"deleting"}
    for earlier, later in _pairs(before.tasks, now.tasks):
        _check_times(earlier, later)
        if (_job_of(earlier), earlier["id"]) in reactivated:
            continue
        if earlier["state"] == "completed":
            assert later == earlier, "a completed task changed"
        for count in ("retryCount", "requeueCount"):
            assert later["executionInfo"][count] >= earlier["executionInfo"][count]


def processes_below(folder: Path) -> set[TaskKey]:
    """Give the tasks of which processes run on nodes in a folder; a start task has empty ids."""
    tasks = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            items = environment.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        settings = dict(item.partition("=")[::2] for item in items)
        if Path(settings.get("AZ_BATCH_NODE_ROOT_DIR", "/")).is_relative_to(folder):
            tasks.add((settings.get("AZ_BATCH_JOB_ID", ""), settings.get("AZ_BATCH_TASK_ID", "")))
    return tasks


def _check_task(task: Document) -> None:
    info = task["executionInfo"]
    state = task["state"]
    assert ("endTime" in info) == ("result" in info) == (state == "completed")
    assert ("failureInfo" in info) == (info.get("result") == "failure")
    if state == "active":
        assert not {"startTime", "exitCode"} & info.keys()
        assert "nodeInfo" not in task
    elif state in RUNNING:
        assert "startTime" in info
        assert "exitCode" not in info
    elif info["result"] == "success":
        assert info["exitCode"] == 0
    assert ("nodeInfo" in task) == ("startTime" in info)
    assert info.get("startTime", "") <= info.get("endTime", "~")
    assert task["creationTime"] <= task["stateTransitionTime"]
    most = task["constraints"]["maxTaskRetryCount"]
    assert info["retryCount"] <= max(most, 2)
    assert ("lastRetryTime" in info) == (info["retryCount"] > 0)
    assert ("lastRequeueTime" in info) == (info["requeueCount"] > 0)


def _check_job(job: Document, tasks: list[Document]) -> None:
    if job["state"] in ("completed", "disabled"):
        assert not [task["id"] for task in tasks if task["state"] in RUNNING]
    assert ("endTime" in job["executionInfo"]) == (job["state"] == "completed") or (
        job["state"] == "deleting"
    )


def _check_times(
    earlier: Document, later: Document, time: str = "stateTransitionTime", state: str = "state"
) -> None:
    assert later[time] >= earlier[time]
    assert later[state] == earlier[state] or later[time] > earlier[time]


def _tally(tasks: list[Document], *, slots: bool) -> Document:
    counts: Counter[str] = Counter()
    for task in tasks:
        weight = task["requiredSlots"] if slots else 1
        counts["running" if task["state"] in RUNNING else task["state"]] += weight
        if task["state"] == "completed":
            counts["failed" if "failureInfo" in task["executionInfo"] else "succeeded"] += weight
    names = ("active", "running", "completed", "succeeded", "failed")
    return {name: counts[name] for name in names}


def _pairs(
    before: dict[Any, Document], now: dict[Any, Document], birth: str = "creationTime"
) -> list[tuple[Document, Document]]:
    """Those that were there before and still are, not others made anew under their names."""
    return [
        (each, now[key])
        for key, each in before.items()
        if key in now and now[key][birth] == each[birth]
    ]


def _by_id(nodes: dict[str, list[Document]]) -> dict[str, Document]:
    return {node["id"]: node for each in nodes.values() for node in each}


def _job_of(task: Document) -> str:
    return str(task["url"]).split("/jobs/")[1].split("/")[0]


def _is_there(answer: Answer) -> bool:
    assert answer.status in (200, 404), answer
    return answer.status == 200
