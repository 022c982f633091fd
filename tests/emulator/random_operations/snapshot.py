"""Everything that clients can see of an emulator at one moment, and the processes it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchff.emulator.state.times import parse_time
from tests.emulator.random_operations.in_process import Ask, InProcess
from tests.emulator.running import told_of_processes

Document = dict[str, Any]
TaskKey = tuple[str, str]
"""A job's id and a task's."""
Process = tuple[str, str, str]
"""A node's id, a job's and a task's."""

AT_WORK = ("preparing", "running")


@dataclass
class Snapshot:
    """Everything at one moment, by id; nodes by the ids of their pools."""

    pools: dict[str, Document] = field(default_factory=dict)
    nodes: dict[str, list[Document]] = field(default_factory=dict)
    node_counts: dict[str, Document] = field(default_factory=dict)
    schedules: dict[str, Document] = field(default_factory=dict)
    jobs: dict[str, Document] = field(default_factory=dict)
    counts: dict[str, Document] = field(default_factory=dict)
    tasks: dict[TaskKey, Document] = field(default_factory=dict)
    preparations: dict[str, dict[str, Document]] = field(default_factory=dict)
    """What jobs' preparation and release tasks did, by job and node."""

    @classmethod
    def of(cls, service: InProcess) -> Snapshot:
        """Look at all there is."""
        return service.read(cls._read)

    @classmethod
    async def _read(cls, ask: Ask) -> Snapshot:
        async def values(path: str) -> list[Document]:
            answer = await ask(path)
            assert answer.status == 200, (path, answer)
            return list(answer.document["value"])

        snapshot = cls(
            pools={pool["id"]: pool for pool in await values("/pools")},
            schedules={each["id"]: each for each in await values("/jobschedules")},
            jobs={job["id"]: job for job in await values("/jobs")},
            node_counts={each["poolId"]: each for each in await values("/nodecounts")},
        )
        for pool in snapshot.pools:
            snapshot.nodes[pool] = await values(f"/pools/{pool}/nodes")
        for job, document in snapshot.jobs.items():
            snapshot.counts[job] = (await ask(f"/jobs/{job}/taskcounts")).document
            for task in await values(f"/jobs/{job}/tasks"):
                snapshot.tasks[job, task["id"]] = task
            if "jobPreparationTask" in document:
                rows = await values(f"/jobs/{job}/jobpreparationandreleasetaskstatus")
                snapshot.preparations[job] = {row["nodeId"]: row for row in rows}
        return snapshot

    @property
    def nodes_by_id(self) -> dict[str, Document]:
        return {node["id"]: node for nodes in self.nodes.values() for node in nodes}

    @property
    def running(self) -> set[Process]:
        """All that has a process, or is about to: tasks, and those of jobs beside them."""
        found = {
            (task["nodeInfo"]["nodeId"], job, task_id)
            for (job, task_id), task in self.tasks.items()
            if task["state"] == "running"
        }
        for job, rows in self.preparations.items():
            document = self.jobs[job]
            for node, row in rows.items():
                if row["jobPreparationTaskExecutionInfo"]["state"] == "running":
                    found.add((node, job, document["jobPreparationTask"]["id"]))
                if row.get("jobReleaseTaskExecutionInfo", {}).get("state") == "running":
                    found.add((node, job, document["jobReleaseTask"]["id"]))
        return found

    def tasks_of(self, job: str) -> dict[str, Document]:
        """Give a job's tasks by their ids."""
        return {task_id: task for (owner, task_id), task in self.tasks.items() if owner == job}


def processes_below(folder: Path) -> set[Process]:
    """Give all of which a process runs on a node in a folder; a start task has empty ids."""
    found = set()
    for _, environment in told_of_processes("environ"):
        items = environment.decode(errors="replace").split("\0")
        settings = dict(item.partition("=")[::2] for item in items)
        if Path(settings.get("AZ_BATCH_NODE_ROOT_DIR", "/")).is_relative_to(folder):
            names = ("AZ_BATCH_NODE_ID", "AZ_BATCH_JOB_ID", "AZ_BATCH_TASK_ID")
            node, job, task = (settings.get(name, "") for name in names)
            found.add((node, job, task))
    return found


def moment(text: str | None) -> int:
    """Read a time: as texts they don't compare, as their fractions have no zeros at their end."""
    return parse_time(text) if text is not None else 0
