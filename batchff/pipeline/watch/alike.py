"""Whether a job's first files all fail with the same words, so that the others would as well.

Tasks of one preset are compared with each other: one preset may be mistaken and another fine. As
soon as one succeeds, or ffmpeg fails otherwise, the failures of its preset are shown one by one. A
fault of a node, or of one input, is shown by itself and proves nothing of the others: an input that
can't be opened fails so whatever the arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from batchff.ffmpeg.words import is_about_input, without_particulars
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import FailedTask, SameFailure, TaskStatus
from batchff.node.exit_codes import INPUT_FAULTS, NodeExit
from batchff.pipeline.names import recipe_of, split_names

FIRST = 5
"""So many files are as good as all: a mistake in the arguments shows in the first of them, and five
whole files with the same words are no chance.
"""

_OF_FFMPEG = (*INPUT_FAULTS, NodeExit.USAGE)


@dataclass(slots=True)
class _Preset:
    """The tasks of one preset that have ended; `held` are the failures like the first one."""

    first: FailedTask | None = None
    held: list[FailedTask] = field(default_factory=list)
    looked_at: int = 0
    differs: bool = False

    @property
    def failed(self) -> int:
        return len(self.held) + (self.first is not None)


class AlikeFailures:
    """Compares the failures of a job's tasks; of a job of another program it knows nothing."""

    def __init__(self, facts: JobFacts | None) -> None:
        self._names = split_names(facts.preset) if facts else ()
        several = self._names if len(self._names) > 1 else ("",)
        self._presets = {name: _Preset() for name in several} if facts else {}
        self._files = facts.files if facts else 0
        self._released: list[FailedTask] = []
        self._is_hopeless = False

    @property
    def is_hopeless(self) -> bool:
        """Whether no other task would succeed: each preset's first files show that.

        It needs FIRST of them or, in a smaller job, all. One file alone shows nothing.
        """
        return self._is_hopeless

    def note_success(self, task: TaskStatus) -> None:
        """Note that a task has succeeded."""
        self._differ(self._presets.get(recipe_of(task.id, task.name, self._names)))

    def note_failure(self, failure: FailedTask) -> bool:
        """Note a failure; return whether it's like those before it, and needs no line."""
        preset = self._presets.get(failure.preset)
        if preset is None or preset.differs or _shows_nothing(failure):
            return False
        if preset.first is None:
            if _words(failure)[1]:
                preset.first = failure
                preset.looked_at = 1
            else:
                preset.differs = True
            return False
        if not _is_like(failure, preset.first):
            self._differ(preset)
            return False
        preset.held.append(failure)
        preset.looked_at += bool(failure.log)
        self._is_hopeless = self._is_hopeless or self._see_no_hope()
        return True

    def released(self) -> tuple[FailedTask, ...]:
        """Return, once, the failures that were held back and are to be shown one by one."""
        released = tuple(self._released)
        self._released.clear()
        return released

    def found(self, *, stopped: bool = False) -> tuple[SameFailure, ...]:
        """Return the presets all of whose ended tasks, two at least, failed alike."""
        return tuple(
            SameFailure(
                preset=name,
                tasks=preset.failed,
                looked_at=preset.looked_at,
                file=preset.first.file,
                reason=preset.first.reason,
                log=preset.first.log,
                arguments_at_fault=preset.first.arguments_at_fault,
                stopped=stopped,
            )
            for name, preset in self._presets.items()
            if preset.first is not None and preset.held and not preset.differs
        )

    def _differ(self, preset: _Preset | None) -> None:
        # What ends while a hopeless job is being stopped changes nothing.
        if preset is not None and not preset.differs and not self._is_hopeless:
            preset.differs = True
            self._released += preset.held
            preset.held.clear()

    def _see_no_hope(self) -> bool:
        enough = min(FIRST, self._files)
        return enough > 1 and all(
            preset.first is not None
            and preset.first.arguments_at_fault
            and not preset.differs
            and preset.looked_at >= enough
            for preset in self._presets.values()
        )


def _shows_nothing(failure: FailedTask) -> bool:
    """Return whether a failure is by its node, or by what the input is."""
    if failure.exit_code not in _OF_FFMPEG:
        return True
    return not failure.arguments_at_fault and is_about_input(failure.log)


def _is_like(failure: FailedTask, first: FailedTask) -> bool:
    """Return whether a failure is as the first one, as far as its words are known."""
    if failure.exit_code != first.exit_code:
        return False
    return not failure.log or _words(failure) == _words(first)


def _words(failure: FailedTask) -> tuple[bool, tuple[str, ...]]:
    """Return what failures are compared by.

    The arguments are the same for all files, and so are the numbers in what is said of them.
    """
    numbers = not failure.arguments_at_fault
    return failure.arguments_at_fault, without_particulars(failure.log, numbers=numbers)
