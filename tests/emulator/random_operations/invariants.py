"""What holds of pools, nodes, jobs and tasks at each moment, as clients see them."""

from __future__ import annotations

from collections import Counter

from tests.emulator.random_operations.operations.jobs import NOT_PREPARED
from tests.emulator.random_operations.snapshot import AT_WORK, Document, Snapshot, moment

BEFORE: dict[str, set[str | None]] = {
    "active": {None, "disabled"},
    "disabling": {"active"},
    "disabled": {"active"},
    "terminating": {"active", "disabled"},
    "completed": {"active", "disabled"},
    "deleting": {"active", "disabled", "completed"},
}
"""From which state a job comes into another one; those that pass aren't told."""
SCHEDULE_BEFORE: dict[str, set[str | None]] = {
    "active": {None, "disabled"},
    "disabled": {"active"},
    "terminating": {"active", "disabled"},
    "completed": {"active", "disabled"},
    "deleting": {"active", "disabled", "completed"},
}
TASK_BEFORE: dict[str, set[str | None]] = {
    "active": {None, "preparing", "running", "completed"},
    "preparing": {"active"},
    "running": {"active", "preparing"},
    "completed": {"active", "preparing", "running"},
}
NOT_UP = ("creating", "starting", "waitingforstarttask", "starttaskfailed", "deallocated")
"""The states of a node on which nothing can run."""
_TIME_OF_NO_CHANGE = ("disabled", "completed")


def check_snapshot(snapshot: Snapshot) -> None:
    """Check one moment."""
    for job_id, job in snapshot.jobs.items():
        tasks = snapshot.tasks_of(job_id)
        _check_counts(snapshot.counts[job_id], list(tasks.values()))
        _check_job(job, list(tasks.values()))
        for task in tasks.values():
            _check_task(task)
        _check_preparations(snapshot, job)
    for schedule in snapshot.schedules.values():
        _check_before(schedule, SCHEDULE_BEFORE)
    for pool_id, nodes in snapshot.nodes.items():
        _check_pool(snapshot.pools[pool_id], nodes, snapshot.node_counts[pool_id])
    _check_use(snapshot)


def _check_counts(counts: Document, tasks: list[Document]) -> None:
    """What is counted is what is listed."""
    assert counts["taskCounts"] == _tally(tasks, slots=False)
    assert counts["taskSlotCounts"] == _tally(tasks, slots=True)


def _check_use(snapshot: Snapshot) -> None:
    """Tasks run on nodes that are there and up, no more on each than it has slots for."""
    taken, running, exclusive = Counter[str](), Counter[str](), Counter[str]()
    nodes = snapshot.nodes_by_id
    for (job_id, task_id), task in snapshot.tasks.items():
        if task["state"] in AT_WORK:
            node_id = task["nodeInfo"]["nodeId"]
            assert node_id in nodes, f"runs on {node_id}, which is gone"
            assert nodes[node_id]["state"] not in NOT_UP
            taken[node_id] += task["requiredSlots"]
            running[node_id] += task["requiredSlots"] if task["state"] == "running" else 0
            manager = snapshot.jobs[job_id].get("jobManagerTask", {"id": None})
            if manager["id"] == task_id and manager["runExclusive"]:
                exclusive[node_id] += task["requiredSlots"]
    for pool_id, members in snapshot.nodes.items():
        for node in members:
            used = taken[node["id"]]
            assert used <= snapshot.pools[pool_id]["taskSlotsPerNode"]
            assert exclusive[node["id"]] in (0, used)
            assert node["runningTaskSlotsCount"] == running[node["id"]]
            assert node["state"] not in ("idle", "offline") or not used


def _check_pool(pool: Document, nodes: list[Document], counts: Document) -> None:
    for kind, dedicated in (("dedicated", True), ("lowPriority", False)):
        states = Counter(node["state"] for node in nodes if node["isDedicated"] is dedicated)
        counted = {name.lower(): n for name, n in counts[kind].items() if n and name != "total"}
        assert counted == states
        assert counts[kind]["total"] == states.total()
    for node in nodes:
        assert node["state"] != "preempted" or not node["isDedicated"]
        assert (node["state"] == "offline") <= (node["schedulingState"] == "disabled")
    assert pool["allocationState"] in ("steady", "resizing", "stopping")


def _check_task(task: Document) -> None:
    info = task["executionInfo"]
    state = task["state"]
    _check_before(task, TASK_BEFORE)
    assert ("endTime" in info) == ("result" in info) == (state == "completed")
    assert ("failureInfo" in info) == (info.get("result") == "failure")
    assert info.get("exitCode") != NOT_PREPARED, "its node was not prepared for it"
    if state == "active":
        assert not {"startTime", "exitCode"} & info.keys()
        assert "nodeInfo" not in task
    elif state in AT_WORK:
        assert ("startTime" in info) == (state == "running")
        assert "nodeInfo" in task
        assert "exitCode" not in info
    elif info["result"] == "success":
        assert info["exitCode"] == 0
    assert ("startTime" in info) <= ("nodeInfo" in task)
    assert moment(info.get("startTime")) <= moment(info.get("endTime", "9999-01-01"))
    assert moment(task["creationTime"]) <= moment(task["stateTransitionTime"])
    most = task["constraints"]["maxTaskRetryCount"]
    assert info["retryCount"] <= max(most, 2)
    assert ("lastRetryTime" in info) == (info["retryCount"] > 0)
    assert ("lastRequeueTime" in info) == (info["requeueCount"] > 0)


def _check_job(job: Document, tasks: list[Document]) -> None:
    _check_before(job, BEFORE)
    if job["state"] in _TIME_OF_NO_CHANGE:
        for task in tasks:
            assert task["state"] not in AT_WORK
            started = moment(task["executionInfo"].get("startTime"))
            assert started <= moment(job["stateTransitionTime"])
    assert ("endTime" in job["executionInfo"]) == (job["state"] == "completed") or (
        job["state"] == "deleting"
    )


def _check_preparations(snapshot: Snapshot, job: Document) -> None:
    """Tasks run where their job's preparation task succeeded; the release task, where it ran."""
    preparation = job.get("jobPreparationTask")
    rows = snapshot.preparations.get(job["id"], {})
    for task in snapshot.tasks_of(job["id"]).values():
        assert task["state"] != "preparing" or (preparation and preparation["waitForSuccess"])
        if task["state"] == "running" and preparation and preparation["waitForSuccess"]:
            row = rows[task["nodeInfo"]["nodeId"]]
            assert row["jobPreparationTaskExecutionInfo"]["result"] == "success"
    for row in rows.values():
        prepared = row["jobPreparationTaskExecutionInfo"]
        released = row.get("jobReleaseTaskExecutionInfo")
        for info in (prepared, released):
            if info is not None and job["state"] in _TIME_OF_NO_CHANGE:
                assert info["state"] == "completed"
        if released is not None:
            assert job["state"] in ("terminating", "completed", "deleting")
            assert preparation
            assert prepared["state"] == "completed"
            assert prepared["result"] == "success" or not preparation["waitForSuccess"]
            assert moment(prepared["endTime"]) <= moment(released["startTime"])
            assert released.get("exitCode") != NOT_PREPARED or not preparation["waitForSuccess"]


def _check_before(document: Document, before: dict[str, set[str | None]]) -> None:
    """It came into its state from one from where that can be reached, and not before that."""
    assert document.get("previousState") in before[document["state"]]
    earlier = moment(document.get("previousStateTransitionTime"))
    assert earlier <= moment(document["stateTransitionTime"])


def _tally(tasks: list[Document], *, slots: bool) -> Document:
    counts: Counter[str] = Counter()
    for task in tasks:
        weight = task["requiredSlots"] if slots else 1
        counts["running" if task["state"] in AT_WORK else task["state"]] += weight
        if task["state"] == "completed":
            counts["failed" if "failureInfo" in task["executionInfo"] else "succeeded"] += weight
    names = ("active", "running", "completed", "succeeded", "failed")
    return {name: counts[name] for name in names}
