"""The interface by which stages report events, and commands their result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from batchff.errors import BatchffError, ExitCode

if TYPE_CHECKING:
    from batchff.events import Event
    from batchff.results import Result


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command returns: `data` for scripts, `text` for people, the same facts in both.

    `end` are lines for people beside it, for stderr.
    """

    data: Result
    text: str = ""
    exit_code: ExitCode = ExitCode.DONE
    end: tuple[str, ...] = ()


class Reporter(Protocol):
    """Takes events from any thread and shows them in its own way."""

    @property
    def follows_progress(self) -> bool:
        """Whether it shows now how far each running task is, which costs requests to know."""

    def report(self, event: Event) -> None:
        """Show an event, now."""


class Console(Reporter, Protocol):
    """A reporter that also says how the command ended."""

    def finish(self, result: CommandResult) -> None:
        """Print a command's result on stdout."""

    def fail(self, error: BatchffError) -> None:
        """Print an expected error in one line."""

    def close(self) -> None:
        """Restore the terminal; `finish` and `fail` do it too."""
