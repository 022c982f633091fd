"""An emulator with something of everything in it, so that every operation has what it needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.examples import identity, pool_document
from tests.emulator.running import Answer, Connection, wait_until

START_TASK = {
    "commandLine": "sh -c 'echo started'",
    "environmentSettings": [{"name": "COLOUR", "value": "red"}],
    "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    "maxTaskRetryCount": 1,
    "waitForSuccess": True,
}
PREPARATION_TASK = {
    "commandLine": "sh -c 'echo prepared'",
    "constraints": {"maxTaskRetryCount": 1},
    "environmentSettings": [{"name": "COLOUR", "value": "red"}],
}
RELEASE_TASK = {"commandLine": "sh -c 'exit 3'", "maxWallClockTime": "PT1M"}
METADATA = [{"name": "maker", "value": "the tests"}]


@dataclass(frozen=True, slots=True)
class Everything:
    """What stands, and how to make more."""

    service: Connection
    node: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    pool = "furnished"
    """A pool with a node that ran its start task, and a job whose tasks ended in all ways."""
    job = "furnished"
    empty_pool = "empty"
    identity = identity("furnished")
    """All pools have it."""
    released = "released"
    """A job that has ended, with a preparation and a release task that ran on two nodes."""

    def name(self) -> str:
        """Make an id that nothing has."""
        return f"made-{next(self._numbers)}"

    def must(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request that can't fail."""
        answer = self.service.send(method, path, body)
        assert answer.status < 300, (method, path, answer.status, answer.data)
        return answer

    def read(self, path: str) -> Any:
        return self.must("GET", path).json()

    def new_pool(self, nodes: int = 0, **fields: object) -> str:
        """Make a pool, and wait for its nodes."""
        name = self.name()
        body = pool_document(name, targetDedicatedNodes=nodes, **fields)
        self.must("POST", "/pools", body)
        wait_until(lambda: self.read(f"/pools/{name}")["allocationState"] == "steady")
        wait_until(lambda: set(self.states(name)) <= {"idle"})
        return name

    def states(self, pool: str) -> list[str]:
        return [node["state"] for node in self.read(f"/pools/{pool}/nodes")["value"]]

    def new_job(self, pool: str = empty_pool, **fields: object) -> str:
        """Make a job; in the empty pool its tasks stay active."""
        name = self.name()
        self.must("POST", "/jobs", {"id": name, "poolInfo": {"poolId": pool}, **fields})
        return name

    def new_task(self, job: str, command: str = "true", **fields: object) -> str:
        name = self.name()
        self.must("POST", f"/jobs/{job}/tasks", {"id": name, "commandLine": command, **fields})
        return name

    def run(self, command: str, **fields: object) -> tuple[str, str]:
        """Run a task to its end, and tell its job and its id."""
        job = self.new_job(self.pool)
        task = self.new_task(job, command, **fields)
        path = f"/jobs/{job}/tasks/{task}"
        wait_until(lambda: self.read(path)["state"] == "completed")
        return job, task

    def new_node(self) -> tuple[str, str]:
        """Make a pool with a node, and tell both."""
        pool = self.new_pool(nodes=1)
        return pool, self.read(f"/pools/{pool}/nodes")["value"][0]["id"]


def furnish(service: Connection) -> Everything:
    """Make the pools, the job and its tasks."""
    bare = Everything(service, node="")
    bare.must("POST", "/pools", pool_document(Everything.empty_pool, taskSlotsPerNode=4))
    body = pool_document(
        Everything.pool,
        displayName="A pool with everything",
        targetDedicatedNodes=1,
        taskSlotsPerNode=4,
        taskSchedulingPolicy={"nodeFillType": "pack"},
        resizeTimeout="PT10M",
        startTask=START_TASK,
        metadata=METADATA,
    )
    bare.must("POST", "/pools", body)
    wait_until(lambda: bare.states(Everything.pool) == ["idle"])
    node = bare.read(f"/pools/{Everything.pool}/nodes")["value"][0]["id"]
    job = {
        "id": Everything.job,
        "displayName": "A job with everything",
        "poolInfo": {"poolId": Everything.pool},
        "priority": 10,
        "constraints": {"maxWallClockTime": "PT12H", "maxTaskRetryCount": 1},
        "commonEnvironmentSettings": [{"name": "A", "value": "b"}],
        "metadata": METADATA,
    }
    bare.must("POST", "/jobs", job)
    blobs = f"{service.blob_endpoint}/{service.identity.storage.name}"
    reference = {"resourceId": Everything.identity}
    tasks = [
        {"id": "done", "commandLine": "sh -c 'mkdir folder; echo out; echo err >&2'"},
        {"id": "failed", "commandLine": "sh -c 'exit 3'"},
        {"id": "unknown", "commandLine": "no-such-program"},
        {
            "id": "everything",
            "displayName": "A task with everything",
            "commandLine": "true",
            "environmentSettings": [{"name": "A", "value": "b"}],
            "constraints": {"maxWallClockTime": "PT1H", "retentionTime": "P1D"},
            "requiredSlots": 2,
            "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}},
            "resourceFiles": [
                {"httpUrl": f"{blobs}/none", "filePath": "x", "identityReference": reference}
            ],
            "outputFiles": [
                {
                    "filePattern": "../std*.txt",
                    "destination": {
                        "container": {
                            "containerUrl": f"{blobs}/out",
                            "identityReference": reference,
                        }
                    },
                    "uploadOptions": {"uploadCondition": "taskcompletion"},
                }
            ],
        },
    ]
    bare.must("POST", f"/jobs/{Everything.job}/addtaskcollection", {"value": tasks})
    counts = f"/jobs/{Everything.job}/taskcounts"
    wait_until(lambda: bare.read(counts)["taskCounts"]["completed"] == len(tasks))
    bare.must(
        "POST", f"/jobs/{Everything.job}/tasks", {"id": "running", "commandLine": "sleep 600"}
    )
    wait_until(lambda: bare.read(f"/jobs/{Everything.job}/tasks/running")["state"] == "running")
    _prepare_and_release(bare)
    return Everything(service, node)


def _prepare_and_release(bare: Everything) -> None:
    """Make the job that has ended on its nodes."""
    pool = Everything.released
    bare.must("POST", "/pools", pool_document(pool, targetDedicatedNodes=2))
    side_tasks = {"jobPreparationTask": PREPARATION_TASK, "jobReleaseTask": RELEASE_TASK}
    job = {"id": Everything.released, "poolInfo": {"poolId": pool}, **side_tasks}
    bare.must("POST", "/jobs", job)
    tasks = [{"id": task, "commandLine": "sleep 600"} for task in ("a", "b")]
    bare.must("POST", f"/jobs/{Everything.released}/addtaskcollection", {"value": tasks})
    running = f"/jobs/{Everything.released}/tasks?$filter=state%20eq%20'running'"
    wait_until(lambda: len(bare.read(running)["value"]) == len(tasks))
    bare.must("POST", f"/jobs/{Everything.released}/terminate")
    wait_until(lambda: bare.read(f"/jobs/{Everything.released}")["state"] == "completed")
