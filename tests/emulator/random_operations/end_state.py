"""What becomes of everything when it is let run, and that nothing stays of what is deleted."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from batchff.emulator.root import Root
from tests.emulator.examples import pool_document
from tests.emulator.random_operations.dependencies import depends_on, is_satisfied, names_of
from tests.emulator.random_operations.in_process import InProcess
from tests.emulator.random_operations.operations.machine import pool_of
from tests.emulator.random_operations.snapshot import AT_WORK, Document, Snapshot, processes_below

_AT_REST = ("active", "disabled", "completed")
_TABLES = (
    "pools",
    "nodes",
    "jobs",
    "job_schedules",
    "tasks",
    "dependencies",
    "preparations",
    "processes",
)


def settle(service: InProcess) -> None:
    """Wait until nothing is on its way any more, and what runs is what is said to run."""

    def hindrances() -> list[object]:
        now = Snapshot.of(service)
        return [
            *(pool["id"] for pool in now.pools.values() if pool["state"] != "active"),
            *(pool["id"] for pool in now.pools.values() if pool["allocationState"] != "steady"),
            *(job["id"] for job in now.jobs.values() if job["state"] not in _AT_REST),
            *(key for key, task in now.tasks.items() if _could_run(now, key[0], task)),
            *(processes_below(service.folder) ^ now.running),
        ]

    service.work_while(hindrances, step=20)


def let_everything_end(service: InProcess) -> None:
    """Take away all that holds anything up; every job and schedule comes to its end."""

    def hindrances() -> list[object]:
        now = Snapshot.of(service)
        for schedule in now.schedules:
            service.send("POST", f"/jobschedules/{schedule}/terminate")
        _help_pools(service, now)
        _help_nodes(service, now)
        _help_jobs(service, now)
        ends = (*now.jobs.values(), *now.schedules.values())
        return [
            *(each["id"] for each in ends if each["state"] != "completed"),
            *(process for process in processes_below(service.folder) if process[1]),
            *_strays(service.folder, Snapshot.of(service)),
        ]

    service.work_while(hindrances, step=1800)


def delete_everything(service: InProcess) -> None:
    """Nothing stays: no row, no directory, no process."""
    now = Snapshot.of(service)
    for schedule in now.schedules:
        service.send("DELETE", f"/jobschedules/{schedule}")
    for job in now.jobs:
        service.send("DELETE", f"/jobs/{job}")
    for pool in now.pools:
        service.send("DELETE", f"/pools/{pool}")

    def left() -> list[object]:
        directories = list(Root(service.folder).nodes.iterdir())
        return [*_rows(service.folder), *directories, *processes_below(service.folder)]

    service.work_while(left)


def _help_pools(service: InProcess, now: Snapshot) -> None:
    """Let every pool that is needed have a node that starts and takes tasks."""
    needed = {job["poolInfo"].get("poolId") for job in now.jobs.values()}
    for pool_id in needed - {None} - now.pools.keys():
        body = pool_document(str(pool_id), taskSlotsPerNode=2, targetDedicatedNodes=1)
        service.send("POST", "/pools", body)
    for pool_id, pool in now.pools.items():
        service.send("POST", f"/pools/{pool_id}/disableautoscale")
        if "startTask" in pool:
            service.send("PATCH", f"/pools/{pool_id}", {"startTask": {"commandLine": "true"}})
        if not pool["targetDedicatedNodes"]:
            service.send("POST", f"/pools/{pool_id}/resize", {"targetDedicatedNodes": 1})


def _help_nodes(service: InProcess, now: Snapshot) -> None:
    for node in now.nodes_by_id.values():
        path = f"/pools/{pool_of(node)}/nodes/{node['id']}"
        if node["state"] == "deallocated":
            service.send("POST", f"{path}/start")
        if node["schedulingState"] == "disabled":
            service.send("POST", f"{path}/enablescheduling")
        if node["state"] == "starttaskfailed":
            body = {"nodeList": [node["id"]]}
            service.send("POST", f"/pools/{pool_of(node)}/removenodes", body)


def _help_jobs(service: InProcess, now: Snapshot) -> None:
    """Let jobs go on, end what would run for ever, and what waits for what will never be."""
    for job_id, job in now.jobs.items():
        if job["state"] == "disabled":
            service.send("POST", f"/jobs/{job_id}/enable")
        if job["onAllTasksComplete"] == "noaction":
            service.send("PATCH", f"/jobs/{job_id}", {"onAllTasksComplete": "terminatejob"})
    at_work = any(task["state"] in AT_WORK for task in now.tasks.values())
    for (job_id, task_id), task in now.tasks.items():
        for_ever = task["state"] in AT_WORK
        in_vain = not at_work and task["state"] == "active" and _waits_in_vain(now, job_id, task)
        if for_ever or in_vain:
            service.send("POST", f"/jobs/{job_id}/tasks/{task_id}/terminate")


def _waits_in_vain(now: Snapshot, job_id: str, task: Document) -> bool:
    """Tell whether no node that is there will ever run a task."""
    return _is_blocked(now, job_id, task) or not any(
        _suits(now, job_id, task, node) for node in now.nodes.get(_pool_of_job(now, job_id), ())
    )


def _could_run(now: Snapshot, job_id: str, task: Document) -> bool:
    """Tell whether a task could be given to a node at once."""
    if task["state"] != "active" or now.jobs[job_id]["state"] != "active":
        return False
    if _is_blocked(now, job_id, task):
        return False
    return any(
        node["state"] == "idle" and _suits(now, job_id, task, node)
        for node in now.nodes.get(_pool_of_job(now, job_id), ())
    )


def _is_blocked(now: Snapshot, job_id: str, task: Document) -> bool:
    """Tell whether something that a task depends on isn't satisfied, as far as is seen now."""
    tasks = now.tasks_of(job_id).items()
    done = {name for task_id, each in tasks if is_satisfied(each) for name in names_of(task_id)}
    return not done.issuperset(depends_on(task))


def _suits(now: Snapshot, job_id: str, task: Document, node: Document) -> bool:
    """Tell whether a node is large enough, could be prepared, and may be taken for a task."""
    job = now.jobs[job_id]
    slots = now.pools[pool_of(node)]["taskSlotsPerNode"]
    manager = job.get("jobManagerTask")
    row = now.preparations.get(job_id, {}).get(node["id"], {})
    prepared = row.get("jobPreparationTaskExecutionInfo", {})
    barred = (
        prepared.get("result") == "failure"
        and prepared["failureInfo"]["code"] != "TaskEnded"
        and job["jobPreparationTask"]["waitForSuccess"]
    )
    if manager is not None and manager["id"] == task["id"] and not manager["allowLowPriorityNode"]:
        barred = barred or not node["isDedicated"]
    return bool(task["requiredSlots"] <= slots) and not barred


def _pool_of_job(now: Snapshot, job_id: str) -> str:
    return str(now.jobs[job_id]["executionInfo"].get("poolId"))


def _strays(folder: Path, now: Snapshot) -> list[Path]:
    """Give the directories on nodes that are of no task that is there."""
    found = []
    for node in Root(folder).nodes.glob("tvmps_*"):
        items = node / "workitems"
        for directory, _, _ in os.walk(items):  # which doesn't mind what is deleted meanwhile
            parts = Path(directory).relative_to(items).parts
            if len(parts) == 3 and not _is_there(now, *parts):
                found.append(Path(directory))
    return found


def _is_there(now: Snapshot, owner: str, name: str, task: str) -> bool:
    job = f"{owner}:{name}" if f"{owner}:{name}" in now.jobs else owner
    sides = [now.jobs.get(job, {}).get(side) for side in ("jobPreparationTask", "jobReleaseTask")]
    return (job, task) in now.tasks or any(side and side["id"] == task for side in sides)


def _rows(folder: Path) -> list[str]:
    """Give the tables that have rows."""
    with closing(sqlite3.connect(Root(folder).batch_db)) as database:
        exists = "SELECT EXISTS (SELECT 1 FROM {})"
        return [name for name in _TABLES if database.execute(exists.format(name)).fetchone()[0]]
