"""How far a look into many files is, and what it found wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.events.inspect import FileInspected, InspectEnded, InspectStarted
from batchff.model.inspection import Inspected, NotMedia

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def problem_of(inspected: Inspected) -> str:
    """Return what is wrong with a file, in words that can follow its name, or nothing."""
    if isinstance(inspected, NotMedia):
        return inspected.reason
    return "; ".join(problem.words for problem in inspected.problems)


class Progress:
    """Reports each file, and the sum of them at the end."""

    def __init__(self, files: int, reporter: Reporter) -> None:
        self._reporter = reporter
        self._files = 0
        self._problems = 0
        reporter.report(InspectStarted(files))

    def advance(self, file: str, inspected: Inspected) -> None:
        """Report a file that was looked into."""
        problem = problem_of(inspected)
        self._files += 1
        self._problems += bool(problem)
        known = None if isinstance(inspected, NotMedia) else inspected
        seconds, size = (known.duration, known.size) if known else (None, None)
        self._reporter.report(FileInspected(file, problem, seconds, size))

    def end(self) -> None:
        """Report that all files were looked into."""
        self._reporter.report(InspectEnded(self._files, self._problems))
