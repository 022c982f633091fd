"""What runs on nodes: commands, how their tries end, and who runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from batchff.emulator.nodes.node import NodeIdentity, Workplace
from batchff.emulator.state.model import Document, Failure
from batchff.emulator.state.transitions import EXIT_CODE


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which try of which task a command is."""

    job: str
    task: str
    number: int
    """How many tries of the task failed before it."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, where, and with which files."""

    line: str
    place: Workplace
    environment: Mapping[str, str]
    resource_files: list[Document] = field(default_factory=list)
    output_files: list[Document] = field(default_factory=list)
    time_limit: float | None = None
    """In seconds, from before its files are fetched to the end of the process."""
    attempt: Attempt | None = None
    """None for what the service runs beside tasks: start, preparation and release tasks."""
    is_retry: bool = False
    """It finds its directory as the try before left it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended."""

    exit_code: int | None
    failure: Failure | None

    @property
    def may_be_retried(self) -> bool:
        """Only a nonzero exit code is retried."""
        return self.failure is not None and self.failure.code == EXIT_CODE.code


class Executor(Protocol):
    """What the nodes do: for real, or in a simulation."""

    async def boot(self, node: NodeIdentity) -> None:
        """Bring a node up, as far as its start task."""

    async def run(self, command: Command) -> Outcome:
        """Run a command once; a cancelled one leaves no process.

        Its directory is made anew, but for a retry: the service saves the second download.
        """
        ...

    async def send(self, container: Document, files: Mapping[str, bytes]) -> None:
        """Send files to a container as blobs of these names; what can't be sent is logged."""

    async def end_leftovers(self, node: NodeIdentity) -> None:
        """End what a node's tasks left running."""

    async def remove(self, node: NodeIdentity) -> None:
        """Delete a node's disk."""

    def close(self) -> None:
        """Give back what it holds; nothing runs any more."""
