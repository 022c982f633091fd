"""The files of a report: what became of each, and what its tasks took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from batchff.model.items import Item, ItemTask, Output
from batchff.model.jobs import FailedTask, TaskRun
from batchff.model.paths import folders_above
from batchff.model.places import BlobPlace
from batchff.model.report import FileState, ReportedFile, ReportedOutput, ReportedTask, is_kept
from batchff.model.states import JOB_ENDING, TaskState
from batchff.node.exit_codes import NodeExit
from batchff.node.proof import kept_source, measured_quality
from batchff.pipeline.job.failures import causes, failed_task
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import recipe_of, split_names
from batchff.pipeline.outputs import shown_by
from batchff.pipeline.report.gather import Gathered, RunOfJob

WAITING, RUNNING, ENCODED, FAILED, NEVER_RAN = (
    "waiting",
    "running",
    "encoded",
    "failed",
    "never ran",
)
"""The states of a task in a report."""

# No speed is shown of a shorter time: that is mostly the start of the task.
_LEAST_SECONDS = 0.05


class _Failure(NamedTuple):
    reason: str
    advice: str
    log: tuple[str, ...]


def reported_files(gathered: Gathered) -> tuple[ReportedFile, ...]:
    """Return what became of each file, in the order of their names."""
    maker = _FileMaker(gathered)
    return tuple(
        maker.file(item) for item in sorted(gathered.items, key=lambda item: item.relative)
    )


def media_seconds(gathered: Gathered) -> float:
    """Return how much media tasks encoded, as far as it's known; by each preset it counts anew."""
    media = (
        _media(item, task, gathered)
        for item in gathered.items
        for task in item.tasks
        if (found := gathered.runs.get(task.id)) is not None and found.run.status.succeeded
    )
    return sum(each or 0.0 for each in media)


def has_outputs(task: ReportedTask) -> bool:
    """Return whether an output of a task is there."""
    return any(each.bytes is not None for each in task.outputs)


class _FileMaker:
    def __init__(self, gathered: Gathered) -> None:
        self._known = gathered
        self._sizes = _sizes(gathered)
        facts = gathered.first.batchff if gathered.family else None
        self._presets = split_names(facts.preset) if facts else ()

    def file(self, item: Item) -> ReportedFile:
        tasks = tuple(self._task(item, task) for task in item.tasks)
        failures = causes(found for task in item.tasks if (found := self._failure(task)))
        state = _state(item, tasks)
        failure = self._why(item, failures)
        told = self._known.told.get(item.relative)
        return ReportedFile(
            item.relative,
            state,
            item.size if item.size >= 0 else None,
            self._known.lengths.get(item.relative),
            tasks,
            failure.reason,
            failure.advice,
            failure.log,
            told.words if told else (),
            told.is_salvaged if told else False,
            item.lacks,
            tuple(self._output(each) for each in item.done_before),
        )

    def _task(self, item: Item, task: ItemTask) -> ReportedTask:
        found = self._known.runs.get(task.id)
        outputs = tuple(self._output(each) for each in item.made_by(task))
        preset = recipe_of(task.id, item.relative, self._presets)
        if found is None:
            over = all(job.state in JOB_ENDING for job in self._known.family)
            state = NEVER_RAN if over else WAITING
            job = self._known.first.id if self._known.family else ""
            return ReportedTask(
                task.id, job, preset, state, "", None, None, None, None, 0, None, outputs
            )
        run = found.run
        seconds = _seconds(run, self._known)
        proof = self._known.proofs.get(task.id, "") if run.status.succeeded else ""
        return ReportedTask(
            task.id,
            found.job.id,
            preset,
            task_state(found),
            run.node,
            run.started,
            run.ended,
            seconds,
            self._speed(item, task, run, seconds),
            self._known.attempts.get(task.id, 0),
            run.status.exit_code,
            outputs,
            measured_quality(proof),
            kept_source(proof),
        )

    def _speed(
        self, item: Item, task: ItemTask, run: TaskRun, seconds: float | None
    ) -> float | None:
        media = _media(item, task, self._known) if run.status.succeeded else None
        if not media or seconds is None or seconds < _LEAST_SECONDS:
            return None
        return round(media / seconds, 3)

    def _output(self, output: Output) -> ReportedOutput:
        address = BlobPlace(self._known.container, output.blob).address
        return ReportedOutput(output.relative, self._sizes.get(output.blob), address)

    def _failure(self, task: ItemTask) -> FailedTask | None:
        found = self._known.runs.get(task.id)
        if found is None or found.run.status.succeeded is not False:
            return None
        said = self._known.said.get(task.id, "")
        return failed_task(found.run.status, found.job.batchff, said)

    def _why(self, item: Item, failures: Iterable[FailedTask]) -> _Failure:
        reasons: list[str] = []
        advice: list[str] = []
        log: list[str] = []
        for failure in failures:
            named = f"{failure.preset}: " if failure.preset else ""
            reasons.append(f"{named}{failure.reason}")
            advice.append(self._advice(failure))
            log += failure.log
        if item.not_encoded:
            reasons.append(item.not_encoded)
            advice.append(_advice_unsent(item))
        return _Failure(
            "; ".join(dict.fromkeys(reasons)),
            "; ".join(filter(None, dict.fromkeys(advice))),
            tuple(dict.fromkeys(log)),
        )

    def _advice(self, failure: FailedTask) -> str:
        job = first_job_of(self._known.first)
        if failure.arguments_at_fault:
            return "the fault is in ffmpeg's arguments: change them, and submit again"
        if failure.exit_code == NodeExit.SOURCE_BAD:
            return "repair or replace the file, or keep what is left of it with --salvage"
        if failure.exit_code == NodeExit.DISK_FULL:
            return f"batchff job retry {job}, with a larger --vm-size"
        if failure.input_at_fault:
            return f"repair or replace the file: batchff upload PATH, batchff job retry {job}"
        return f"batchff job retry {job}"


def _advice_unsent(item: Item) -> str:
    if item.is_salvageable:
        return "repair or replace the file, or keep what is left of it with --salvage"
    if item.tasks or item.done:
        return "nothing, where the file is meant to be so; or choose another preset"
    return "repair or replace the file, and give the command again"


def task_state(found: RunOfJob) -> str:
    """Return a task's state in a report."""
    status = found.run.status
    if status.state == TaskState.COMPLETED:
        return ENCODED if status.succeeded else FAILED
    if found.job.state in JOB_ENDING:
        return NEVER_RAN
    return WAITING if status.state == TaskState.ACTIVE else RUNNING


def _state(item: Item, made: Sequence[ReportedTask]) -> FileState:
    """Return a file's state by those of its tasks: one that failed counts before all others."""
    tasks = [task.state for task in made]
    if FAILED in tasks:
        return FileState.FAILED
    for state in (NEVER_RAN, RUNNING, WAITING):
        if state in tasks:
            begun = state == WAITING and ENCODED in tasks
            return FileState.RUNNING if begun else FileState(state)
    if item.not_encoded:
        return FileState.PARTLY if item.tasks or item.done else FileState.NOT_ENCODED
    if not item.tasks:
        return FileState.DONE_BEFORE
    return FileState.KEPT if is_kept(made) else FileState.ENCODED


def _media(item: Item, task: ItemTask, gathered: Gathered) -> float | None:
    """Return how many seconds of a file a task encodes; None where its length isn't known."""
    length = gathered.lengths.get(item.relative)
    if length is None:
        return None
    end = length if task.cut.end is None else min(length, float(task.cut.end))
    return max(end - float(task.cut.start or 0), 0.0)


def _seconds(run: TaskRun, gathered: Gathered) -> float | None:
    """Return how long a task ran, or has run by now."""
    if run.started is None:
        return None
    is_over = run.status.state == TaskState.COMPLETED
    ended = run.ended or (None if is_over else gathered.now)
    if ended is None:
        return None
    return round(max((ended - run.started).total_seconds(), 0.0), 3)


def _sizes(gathered: Gathered) -> Mapping[str, int]:
    """Return the sizes of the outputs that are there, by their blobs; a folder's is of its files.

    A folder is there once its manifest is.
    """
    folders = {output.blob for output in _outputs(gathered.items) if output.is_folder}
    inside: dict[str, int] = defaultdict(int)
    for blob in gathered.blobs.values():
        for folder in folders.intersection(folders_above(blob.name)) if folders else ():
            inside[folder] += blob.size
    return {
        output.blob: inside[output.blob] if output.is_folder else shown.size
        for output in _outputs(gathered.items)
        if (shown := gathered.blobs.get(shown_by(output))) is not None
    }


def _outputs(items: Iterable[Item]) -> Iterator[Output]:
    for item in items:
        yield from item.outputs
