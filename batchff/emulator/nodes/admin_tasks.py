"""Commands that ask for admin rights: skipped, or run as the emulator's own user."""

from __future__ import annotations

import logging

from batchff.emulator.nodes.execution import Command, Executor, Outcome
from batchff.emulator.nodes.node import NodeIdentity, Workplace
from batchff.emulator.state.defaults import asks_for_admin
from batchff.emulator.state.model import Document

_LOG = logging.getLogger(__name__)

_SKIPPED = (
    "The emulator did not run this command: it asks for admin rights, and the emulator runs"
    " everything as the user who started it.\nIt counts as succeeded. Start the emulator with"
    " --run-admin-tasks to run it all the same, without those rights.\n"
)


class AdminTasks:
    """Runs what prepares nodes: start tasks, and jobs' preparation and release tasks.

    What asks for admin rights is run only where that was allowed, without those rights; elsewhere
    it counts as succeeded.
    """

    def __init__(self, executor: Executor, run_admin: bool) -> None:
        self._executor = executor
        self._run_admin = run_admin

    async def run(self, command: Command, task: Document, node: NodeIdentity) -> Outcome:
        """Try a task's command once on a node, as the executor does."""
        if self._run_admin or not asks_for_admin(task, node.admins):
            return await self._executor.run(command)
        return _skip(command.place)


def _skip(place: Workplace) -> Outcome:
    _LOG.info("skipped the command of %s: it asks for admin rights", place.root)
    place.clear()
    place.make()
    place.stdout.write_text(_SKIPPED)
    return Outcome(0, None)
