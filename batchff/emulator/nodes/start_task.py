"""The start task: run on each node when it starts, tried again as often as it may be."""

from __future__ import annotations

import logging
from collections.abc import Callable

from batchff.emulator.batch.defaults import asks_for_admin
from batchff.emulator.batch.model import Document
from batchff.emulator.batch.store import Store
from batchff.emulator.batch.times import format_time
from batchff.emulator.nodes.execution import Command, Executor, Outcome
from batchff.emulator.nodes.node import NodeIdentity

_LOG = logging.getLogger(__name__)

_SKIPPED = (
    "The emulator did not run this start task: it asks for admin rights, and the emulator runs"
    " everything as the user who started it.\nIt counts as succeeded. Start the emulator with"
    " --run-admin-tasks to run it all the same, without those rights.\n"
)


class StartTasks:
    """Runs start tasks; those that ask for admin rights only where that was allowed."""

    def __init__(self, store: Store, executor: Executor, run_admin: bool) -> None:
        self._store = store
        self._executor = executor
        self._run_admin = run_admin

    async def run(
        self, start_task: Document, node: NodeIdentity, report: Callable[[Document], None]
    ) -> bool:
        """Run it until it succeeds or may not be tried again, and tell whether it succeeded."""
        info: Document = {"state": "running", "startTime": self._now(), "retryCount": 0}
        report(dict(info))
        if asks_for_admin(start_task) and not self._run_admin:
            outcome = self._skip(node)
        else:
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
        return await self._executor.run(
            Command(
                line=start_task["commandLine"],
                place=place,
                environment=environment,
                resource_files=start_task.get("resourceFiles", []),
            )
        )

    def _skip(self, node: NodeIdentity) -> Outcome:
        _LOG.info("skipped the start task of node %s: it asks for admin rights", node.node_id)
        place = node.directory.startup
        place.clear()
        place.make()
        place.stdout.write_text(_SKIPPED)
        return Outcome(0, None)

    def _now(self) -> str:
        return format_time(self._store.tick())
