"""The start task: run on each node when it starts, tried again as often as it may be."""

from __future__ import annotations

from collections.abc import Callable

from batchff.emulator.nodes.admin_tasks import AdminTasks
from batchff.emulator.nodes.execution import Command, Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.state.model import Document
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import format_time


class StartTasks:
    """Runs start tasks, and says what becomes of them."""

    def __init__(self, store: Store, admin_tasks: AdminTasks) -> None:
        self._store = store
        self._admin_tasks = admin_tasks

    async def run(
        self, start_task: Document, node: NodeIdentity, report: Callable[[Document], None]
    ) -> bool:
        """Run it until it succeeds or may not be tried again, and tell whether it succeeded."""
        info: Document = {"state": "running", "startTime": self._now(), "retryCount": 0}
        report(dict(info))
        outcome = await self._try(start_task, node)
        most = start_task["maxTaskRetryCount"]
        while outcome.may_be_retried and (most < 0 or info["retryCount"] < most):
            info["retryCount"] += 1
            info["startTime"] = info["lastRetryTime"] = self._now()
            report(dict(info))
            outcome = await self._try(start_task, node)
        info |= {"state": "completed", "endTime": self._now()}
        if outcome.exit_code is not None:
            info["exitCode"] = outcome.exit_code
        if outcome.failure is not None:
            info["failureInfo"] = outcome.failure.document()
        info["result"] = "failure" if outcome.failure else "success"
        report(info)
        return outcome.failure is None

    async def _try(self, start_task: Document, node: NodeIdentity) -> Outcome:
        place = node.directory.startup
        environment = node.environment(place, start_task.get("environmentSettings", ()))
        command = Command(
            line=start_task["commandLine"],
            place=place,
            environment=environment,
            resource_files=start_task.get("resourceFiles", []),
        )
        return await self._admin_tasks.run(command, start_task, node)

    def _now(self) -> str:
        return format_time(self._store.tick())
