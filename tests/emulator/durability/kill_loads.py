"""More clients that load an emulator until it is killed: workflows, job schedules, and a fleet.

They keep what they may find as those of `kills` do. Their tasks look for themselves whether what
must come before them has been, and end with an exit code of their own where it hasn't.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from azure.batch import BatchClient
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from batchff.emulator.launch.connection import Connection
from tests.emulator.durability.kills import batch_client
from tests.emulator.examples import pool_document
from tests.emulator.running import wait_until

Document = dict[str, Any]

PER_LIFE = 4
"""How many jobs or schedules are made before a kill: no more than can be done by the end."""
TOO_EARLY = 78
_TOO_MANY_REQUESTS = 503
"""What the service answers to those who enable autoscale twice within half a minute."""
DEALLOCATIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
_PREPARED = '"$AZ_BATCH_JOB_PREP_WORKING_DIR/prepared"'
_BEFORE_TASKS: Document = {
    "jobPreparationTask": {"commandLine": "sh -c 'touch prepared'"},
    "jobReleaseTask": {"commandLine": f"sh -c 'test -e {_PREPARED} || exit {TOO_EARLY}'"},
}


def ask(client: BatchClient, method: str, path: str, body: Document | None = None) -> Any:
    """Send a request that the emulator may refuse; give the answer's document, None if refused."""
    request = HttpRequest(method, path, params={"api-version": "2025-06-01"}, json=body)
    if body is not None:
        request.headers["Content-Type"] = "application/json; odata=minimalmetadata"
    try:
        response = client.send_request(request)
    except HttpResponseError as error:
        if error.status_code is None or 500 <= error.status_code != _TOO_MANY_REQUESTS:
            raise
        return None
    return response.json() if response.content else {}


def values(client: BatchClient, path: str) -> list[Document]:
    return list(ask(client, "GET", path)["value"])


@dataclass
class WorkflowLoad:
    """Makes jobs of tasks that depend on each other; disables, enables and changes them."""

    pool: str
    marks: Path
    random: Random
    tasks: dict[str, list[int]] = field(default_factory=dict)
    """How many tasks each job may have."""
    disabled: dict[str, list[bool]] = field(default_factory=dict)
    left: int = PER_LIFE

    def step(self, connection: Connection) -> None:
        with batch_client(connection) as client:
            if self.left:
                self.left -= 1
                self._create(client)
            job_id = self.random.choice(list(self.tasks))
            action = self.random.choice(["disable", "enable", "replace", "nothing"])
            if action == "disable":
                self._disable(client, job_id)
            elif action == "enable":
                self._enable(client, job_id)
            elif action == "replace":
                priority = self.random.randint(0, 9)
                body = {"poolInfo": {"poolId": self.pool}, "priority": priority}
                ask(client, "PUT", f"/jobs/{job_id}", body)

    def check(self, connection: Connection) -> int:
        """What was acknowledged is there, and nothing of it began too early."""
        self.left = PER_LIFE
        with batch_client(connection) as client:
            for job_id, counts in list(self.tasks.items()):
                job = ask(client, "GET", f"/jobs/{job_id}")
                if job is None:
                    assert counts[0] < 0, f"{job_id} is lost"
                    del self.tasks[job_id]
                    continue
                tasks = values(client, f"/jobs/{job_id}/tasks")
                assert len(tasks) in counts
                counts[:] = [len(tasks)]
                for task in tasks:
                    assert task["executionInfo"].get("exitCode", 0) == 0, (job_id, task)
                if job["state"] in ("disabled", "disabling", "active"):
                    states = self.disabled.setdefault(job_id, [False])
                    assert (job["state"] != "active") in states, (job_id, job["state"], states)
                    states[:] = [job["state"] != "active"]
        return len(self.tasks)

    def finish(self, connection: Connection) -> None:
        """Let all jobs go on: each ends, with its nodes released."""
        with batch_client(connection) as client:
            for job_id in self.tasks:
                wait_until(partial(self._has_ended, client, job_id))
                rows = values(client, f"/jobs/{job_id}/jobpreparationandreleasetaskstatus")
                for row in rows:
                    released = row.get("jobReleaseTaskExecutionInfo")
                    prepared = row["jobPreparationTaskExecutionInfo"]["result"] == "success"
                    assert (released is not None) == prepared
                    assert released is None or released.get("exitCode") == 0

    def _has_ended(self, client: BatchClient, job_id: str) -> bool:
        state = ask(client, "GET", f"/jobs/{job_id}")["state"]
        if state == "disabled":
            ask(client, "POST", f"/jobs/{job_id}/enable")
        elif state == "active" and not values(client, f"/jobs/{job_id}/tasks"):
            ask(client, "POST", f"/jobs/{job_id}/terminate")
        elif state == "active":
            ask(client, "PATCH", f"/jobs/{job_id}", {"onAllTasksComplete": "terminatejob"})
        return bool(state == "completed")

    def _create(self, client: BatchClient) -> None:
        job_id = f"flow-{len(self.disabled)}"
        self.tasks[job_id] = [-1, 0]
        self.disabled[job_id] = [False]
        body = {"id": job_id, "poolInfo": {"poolId": self.pool}, "usesTaskDependencies": True}
        ask(client, "POST", "/jobs", body | _BEFORE_TASKS)
        count = self.random.randint(1, 6)
        self.tasks[job_id] = [0, count]
        marks = self.marks / job_id
        marks.mkdir(parents=True)
        tasks = [self._task(marks, number) for number in range(1, count + 1)]
        ask(client, "POST", f"/jobs/{job_id}/addtaskcollection", {"value": tasks})
        self.tasks[job_id] = [count]

    def _task(self, marks: Path, number: int) -> Document:
        """A task that depends on all before it, or on the last, which depends on others."""
        whole = self.random.random() < 0.5
        ids = {"taskIdRanges": [{"start": 1, "end": number - 1}]}
        if not whole:
            ids = {"taskIds": [str(number - 1)]}  # type: ignore[list-item]
        checks = [_PREPARED, *(f"{marks}/{each}" for each in range(1, number))]
        line = " && ".join(f"test -e {check}" for check in checks)
        command = f"sh -c '{{ {line}; }} || exit {TOO_EARLY}; touch {marks}/{number}'"
        task: Document = {"id": str(number), "commandLine": command}
        return task | ({"dependsOn": ids} if number > 1 else {})

    def _disable(self, client: BatchClient, job_id: str) -> None:
        how = self.random.choice(["requeue", "wait"])
        self.disabled[job_id] = [False, True]
        answer = ask(client, "POST", f"/jobs/{job_id}/disable", {"disableTasks": how})
        self.disabled[job_id] = [answer is not None]

    def _enable(self, client: BatchClient, job_id: str) -> None:
        before = self.disabled[job_id]
        self.disabled[job_id] = [False, *before]
        answer = ask(client, "POST", f"/jobs/{job_id}/enable")
        self.disabled[job_id] = before if answer is None else [False]


@dataclass
class ScheduleLoad:
    """Makes schedules, each of one job that its job manager task ends; deletes some."""

    pool: str
    random: Random
    made: int = 0
    schedules: dict[str, list[bool]] = field(default_factory=dict)
    left: int = PER_LIFE

    def step(self, connection: Connection) -> None:
        with batch_client(connection) as client:
            if self.left:
                self.left -= 1
                self._create(client)
            other = self.random.choice(list(self.schedules))
            if self.schedules[other] == [True] and self.random.random() < 0.3:
                self.schedules[other] = [True, False]
                ask(client, "DELETE", f"/jobschedules/{other}")
                self.schedules[other] = [False]
            ask(client, "GET", f"/jobschedules/{other}")

    def _create(self, client: BatchClient) -> None:
        self.made += 1
        name = f"plan-{self.made}"
        manager = {"id": "manager", "commandLine": "true", "runExclusive": False}
        job = {"poolInfo": {"poolId": self.pool}, "jobManagerTask": manager, **_BEFORE_TASKS}
        self.schedules[name] = [True, False]
        body = {"id": name, "schedule": {}, "jobSpecification": job}
        ask(client, "POST", "/jobschedules", body)
        self.schedules[name] = [True]

    def check(self, connection: Connection) -> int:
        """What was acknowledged is there; a schedule has made its job once."""
        self.left = PER_LIFE
        with batch_client(connection) as client:
            for name, states in self.schedules.items():
                found = ask(client, "GET", f"/jobschedules/{name}")
                there = found is not None and found["state"] != "deleting"
                assert there in states, (name, found)
                states[:] = [there]
                jobs = values(client, f"/jobschedules/{name}/jobs") if there else []
                assert len(jobs) <= 1
        return len(self.schedules)

    def finish(self, connection: Connection) -> None:
        """Every schedule makes its job and ends with it; nothing is left of what was deleted."""
        with batch_client(connection) as client:
            for name in self.schedules:
                wait_until(partial(self._is_over, client, name))

    def _is_over(self, client: BatchClient, name: str) -> bool:
        found = ask(client, "GET", f"/jobschedules/{name}")
        if self.schedules[name] == [False]:
            return found is None and ask(client, "GET", f"/jobs/{name}:job-1") is None
        job = ask(client, "GET", f"/jobs/{name}:job-1")
        states = found["state"], (job or {"state": None})["state"]
        return bool(states == ("completed", "completed"))


@dataclass
class FleetLoad:
    """Restarts, halts, preempts and removes nodes under tasks; resizes their pool."""

    pool: str
    random: Random
    targets: list[int | None] = field(default_factory=lambda: [2])
    """How many dedicated nodes may be wanted; None where that isn't known."""
    scales: list[bool] = field(default_factory=lambda: [False])

    def prepare(self, client: BatchClient) -> None:
        body = pool_document(
            self.pool, taskSlotsPerNode=2, targetDedicatedNodes=2, targetLowPriorityNodes=1
        )
        ask(client, "POST", "/pools", body)
        ask(client, "POST", "/jobs", {"id": self.pool, "poolInfo": {"poolId": self.pool}})
        tasks = [{"id": str(number), "commandLine": "sleep 900"} for number in range(8)]
        ask(client, "POST", f"/jobs/{self.pool}/addtaskcollection", {"value": tasks})

    def step(self, connection: Connection) -> None:
        with batch_client(connection) as client:
            nodes = values(client, f"/pools/{self.pool}/nodes")
            if nodes:
                self._act(client, self.random.choice(nodes))
            action = self.random.choice([self._resize, self._scale, self._do_not_scale])
            action(client)

    def check(self, connection: Connection) -> int:
        """Autoscale and known targets are as acknowledged; no node runs more than it can."""
        with batch_client(connection) as client:
            pool = ask(client, "GET", f"/pools/{self.pool}")
            assert pool["enableAutoScale"] in self.scales
            self.scales = [pool["enableAutoScale"]]
            assert None in self.targets or pool["targetDedicatedNodes"] in self.targets
            nodes = {node["id"]: node for node in values(client, f"/pools/{self.pool}/nodes")}
            assert all(node["runningTaskSlotsCount"] <= 2 for node in nodes.values())
        return len(nodes)

    def finish(self, connection: Connection) -> None:
        """The pool and the job can be deleted, and nothing stays of them."""
        with batch_client(connection) as client:
            ask(client, "DELETE", f"/jobs/{self.pool}")
            ask(client, "DELETE", f"/pools/{self.pool}")
            wait_until(lambda: ask(client, "GET", f"/jobs/{self.pool}") is None)
            wait_until(lambda: ask(client, "GET", f"/pools/{self.pool}") is None)

    def _act(self, client: BatchClient, node: Document) -> None:
        path = f"/pools/{self.pool}/nodes/{node['id']}"
        how = self.random.choice(DEALLOCATIONS[:2])
        action, body = self.random.choice(
            [
                ("reboot", {"nodeRebootOption": how}),
                ("reimage", {"nodeReimageOption": how}),
                ("deallocate", {"nodeDeallocateOption": how}),
                ("start", None),
                ("disablescheduling", {"nodeDisableSchedulingOption": how}),
                ("enablescheduling", None),
            ]
        )
        if not node["isDedicated"]:
            path, action = f"/$emulator/nodes/{node['id']}", "preempt"
            unusable = self.random.choice(["PT0S", "PT0.2S"])
            body = {"returnAfter": "PT0.2S", "unusableFirst": unusable}
        ask(client, "POST", f"{path}/{action}", body)

    def _resize(self, client: BatchClient) -> None:
        target, how = self.random.randint(1, 3), self.random.choice(DEALLOCATIONS)
        before = self.targets
        self.targets = [*before, target]
        body = {"targetDedicatedNodes": target, "nodeDeallocationOption": how}
        answer = ask(client, "POST", f"/pools/{self.pool}/resize", body)
        self.targets = before if answer is None else [target]

    def _scale(self, client: BatchClient) -> None:
        before = self.scales
        self.scales, self.targets = [*before, True], [None]
        formula = "$TargetDedicatedNodes = 2; $NodeDeallocationOption = taskcompletion;"
        body = {"autoScaleFormula": formula}
        answer = ask(client, "POST", f"/pools/{self.pool}/enableautoscale", body)
        self.scales = before if answer is None else [True]

    def _do_not_scale(self, client: BatchClient) -> None:
        self.scales = [*self.scales, False]
        answer = ask(client, "POST", f"/pools/{self.pool}/disableautoscale")
        assert answer is not None
        self.scales = [False]
