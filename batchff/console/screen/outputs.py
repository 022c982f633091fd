"""How many bytes the outputs of a job will have, by those that are downloaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from batchff.console.screen.state import ScreenState, Work
from batchff.events.download import FileDownloaded

# Of less than this share of the work, outputs say nothing of the others.
_LEAST_SHARE = 0.05


def with_outputs(work: Work) -> Work:
    """Return work with the weight of the outputs of each preset."""
    outputs_of = Counter(work.made_by.values())
    to_make: dict[str, float] = {}
    for task, count in outputs_of.items():
        preset = _preset(work, task)
        to_make[preset] = to_make.get(preset, 0.0) + count * work.weight(task)
    return replace(work, outputs_of=outputs_of, to_make=to_make)


def without_outputs_of(work: Work, task: str) -> Work:
    """Return work without the outputs of a task that failed: there will be none."""
    made = work.outputs_of.get(task, 0)
    if not made:
        return work
    preset = _preset(work, task)
    left = max(work.to_make.get(preset, 0.0) - made * work.weight(task), 0.0)
    return replace(work, to_make={**work.to_make, preset: left})


def with_output(state: ScreenState, event: FileDownloaded) -> ScreenState:
    """Return the state with an output that is downloaded."""
    task = state.work.made_by.get(event.file)
    if task is None:
        return state
    preset = _preset(state.work, task)
    count, weight = state.got.get(preset, (0, 0.0))
    got = (count + event.bytes, weight + state.work.weight(task))
    return replace(state, got={**state.got, preset: got})


def expected_bytes(state: ScreenState) -> int | None:
    """Return how many bytes the outputs have in all, None before that rests on something.

    By their lengths, or else by the bytes of their sources, and for each preset apart.
    """
    stage, work = state.download, state.work
    if stage is None or stage.total is not None:
        return stage.total if stage is not None else None
    if not work.made_by:
        return stage.expected
    count = sum(count for count, _ in state.got.values())
    weight = sum(weight for _, weight in state.got.values())
    whole = sum(work.to_make.values())
    if weight <= 0 or weight < whole * _LEAST_SHARE:
        return None
    expected = 0.0
    for preset, total in work.to_make.items():
        known, of_them = state.got.get(preset, (0, 0.0))
        rate = known / of_them if of_them > 0 else count / weight
        expected += known + rate * max(total - of_them, 0.0)
    return max(round(expected), stage.bytes)


def _preset(work: Work, task: str) -> str:
    known = work.tasks.get(task)
    return known.preset if known else ""
