"""A node without a service: where commands run, and what runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.execution import Command, Outcome
from batchff.emulator.nodes.local_execution import LocalExecutor
from batchff.emulator.nodes.node import NodeDirectory, NodeIdentity
from batchff.emulator.nodes.transfer import Storage
from batchff.emulator.root import open_root
from batchff.emulator.state.store import Store, open_store


@dataclass(frozen=True)
class Node:
    """A node, its executor, and the store that has its processes."""

    identity: NodeIdentity
    executor: LocalExecutor
    store: Store

    def command(self, line: str, task: str = "task", **fields: Any) -> Command:
        place = self.identity.directory.task("job", task)
        environment = self.identity.task_environment("job", task, [])
        return Command(line, place, environment, **fields)

    def run(self, line: str, task: str = "task", **fields: Any) -> Outcome:
        """Run a command to its end."""
        return asyncio.run(self.executor.run(self.command(line, task, **fields)))

    def said(self, task: str = "task") -> str:
        return self.identity.directory.task("job", task).stdout.read_text()


@contextmanager
def node_in(folder: Path, clock: Clock | None = None) -> Iterator[Node]:
    """A node below a folder."""
    root = open_root(folder)
    store = open_store(root.batch_db, clock or Clock())
    identity = NodeIdentity(
        account="account",
        account_url="http://127.0.0.1:1",
        pool_id="pool",
        node_id="node",
        number=1,
        dedicated=True,
        directory=NodeDirectory(root.nodes / "node"),
        programs=root.bin,
    )
    executor = LocalExecutor(clock or Clock(), store.processes, Storage(patience=0.1))
    try:
        yield Node(identity, executor, store)
    finally:
        executor.close()
        store.close()
