"""How reports write times, amounts and names, whatever their format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from batchff.console.words.quality import kept_words, quality_words, range_words
from batchff.console.words.text import printable, size
from batchff.model.duration import duration_text
from batchff.model.report import (
    FileState,
    JobHistory,
    ReportedFile,
    ReportedNode,
    ReportedStage,
    Stage,
)
from batchff.model.told import is_kept
from batchff.wording import counted

UNKNOWN = "–"
_MEASURED = re.compile(r"\b[\d.,]+ of [\d.,]+ s: ")

_STAGES = {
    Stage.UPLOAD: ("Upload", "file"),
    Stage.BOOT: ("Boot", "node"),
    Stage.ENCODE: ("Encode", "file"),
    Stage.DOWNLOAD: ("Download", "output"),
}


def clock(seconds: float | None) -> str:
    """Return a time as `4.2 s`, `12:41` or `1:02:03`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(time: datetime | None) -> str:
    """Return a time to the second, in UTC."""
    return UNKNOWN if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def time_of_day(time: datetime) -> str:
    """Return the time of a day, in UTC."""
    return f"{time.astimezone(UTC):%H:%M:%S}"


def amount(count: int | None) -> str:
    """Return a size."""
    return UNKNOWN if count is None else size(count)


def speed(times: float | None) -> str:
    """Return how many times real time something was."""
    if times is None:
        return UNKNOWN
    return f"{times:.0f}×" if times >= 100 else f"{times:.1f}×" if times >= 1 else f"{times:.2f}×"


def money(cost: float | None, currency: str) -> str:
    """Return a price."""
    if cost is None:
        return UNKNOWN
    digits = 4 if 0 < cost < 0.1 else 2
    return f"{cost:,.{digits}f} {currency}".rstrip()


def node_time(seconds: float) -> str:
    """Return the time of nodes: in hours, where that says anything."""
    value = seconds / 3600
    return f"{value:,.2f} node-hours" if value >= 0.1 else f"{clock(seconds)} of node time"


def change(before: int | None, after: int | None) -> str:
    """Return how a size became another."""
    first, second = amount(before), amount(after)
    number, _, unit = first.partition(" ")
    return f"{number} → {second}" if second.endswith(f" {unit}") else f"{first} → {second}"


def heading(history: JobHistory) -> str:
    """Return what a job is called on top of a report."""
    if not history.job:
        return "Done before"
    made = " + ".join(printable(name) for name in history.preset.split("+"))
    return f"{printable(history.name)} → {made}" if history.name else made


def state_line(history: JobHistory) -> str:
    """Return in words where a job is."""
    if not history.job:
        return "Earlier jobs had made all of it, so there is no job."
    took = clock(history.figures.seconds)
    if not history.is_over:
        if history.retries:
            return (
                f"It hasn't ended: this is how it was after {took} in all, without the time "
                "between it and its retries."
            )
        return f"It hasn't ended: this is how it was {took} after it began."
    why = f": {history.why_ended}" if history.why_ended else ""
    if history.retries:
        took += " in all, without the time between it and its retries"
    return f"It ended at {moment(history.ended)}, after {took}{why}."


def figures(history: JobHistory) -> tuple[tuple[str, str, str], ...]:
    """Return the five figures: each its name, its value, and what is to be said beside it."""
    of = history.figures
    done = of.encoded + of.partly + of.done_before
    failed = of.failed - of.partly
    beside = [f"{of.partly:,} of them in part"] if of.partly else []
    beside += [f"{failed:,} failed" if failed else "none failed"]
    beside += [f"{counted(of.kept, 'source')} kept"] if of.kept else []
    beside += [f"{of.done_before:,} done before"] if of.done_before else []
    beside += [f"{of.unfinished:,} not ended"] if of.unfinished else []
    ratio = (
        f"{100 * of.bytes_out / of.bytes_in:.0f} % of the size"
        if of.bytes_in and of.bytes_out
        else ""
    )
    measured = range_words(each for file in history.files for each in file.qualities)
    sizes = [ratio, measured]
    media = f"{clock(of.media_seconds)} of media" if of.media_seconds else "not known"
    media += ", counted for each preset" if of.media_seconds and "+" in history.preset else ""
    nodes = f"{counted(len(history.nodes), 'node')}, {node_time(of.node_seconds)}"
    cost = money(of.cost, of.currency)
    return (
        ("Files encoded", f"{done:,} of {of.files:,}", ", ".join(beside)),
        ("Time", clock(of.seconds), nodes),
        (
            "Size",
            change(of.bytes_in, of.bytes_out) if of.bytes_out else UNKNOWN,
            ", ".join(filter(None, sizes)),
        ),
        ("Speed", speed(of.speed), f"of real time; {media}" if of.speed else media),
        ("Cost", cost, "by the profile's prices" if of.cost is not None else "no price is known"),
    )


def node_names(nodes: Sequence[ReportedNode]) -> Mapping[str, str]:
    """Return short names of nodes, by their ids."""
    return {node.node: f"n{number}" for number, node in enumerate(nodes, 1)}


def kind_of(node: ReportedNode) -> tuple[str, ...]:
    """Return what is to be said of a node's kind: nothing of a dedicated one that is there."""
    return (
        *(["Spot"] if node.spot else []),
        *([f"preempted at {time_of_day(node.preempted)}"] if node.preempted else []),
    )


def nodes_of(file: ReportedFile, names: Mapping[str, str]) -> str:
    """Return the nodes that a file's tasks ran on."""
    found = dict.fromkeys(names.get(task.node, task.node) for task in file.tasks if task.node)
    return ", ".join(found) or UNKNOWN


def seconds_of(file: ReportedFile) -> float | None:
    """Return how long a file's tasks took together."""
    taken = [task.seconds for task in file.tasks if task.seconds is not None]
    return sum(taken) if taken else None


def speed_of(file: ReportedFile) -> float | None:
    """Return how many times real time the slowest of a file's tasks was."""
    return min((task.speed for task in file.tasks if task.speed is not None), default=None)


def attempts_of(file: ReportedFile) -> int:
    """Return how many attempts it took to make a file: the most that one of its tasks had."""
    return max((task.attempts for task in file.tasks), default=0)


def remarks(file: ReportedFile) -> tuple[str, ...]:
    """Return what is to be said of a file beside its figures."""
    again = sum(max(task.attempts - 1, 0) for task in file.tasks)
    return (
        *(["salvaged"] if file.is_salvaged else []),
        *(kept_words(task.kept) for task in file.tasks if task.kept),
        *map(quality_words, file.qualities),
        *(words for words in file.told if not is_kept(words)),
        *file.lacks,
        *([f"tried {counted(again, 'time')} more"] if again else []),
        *([file.state.value] if file.state is FileState.DONE_BEFORE else []),
    )


def stage_name(stage: ReportedStage, history: JobHistory) -> str:
    """Return a stage's name; that of a retry says so."""
    again = " again" if stage.job != history.job else ""
    return f"{_STAGES[stage.stage][0]}{again}"


def stage_of(stage: ReportedStage) -> str:
    """Return what a stage was of."""
    what = counted(stage.count, _STAGES[stage.stage][1])
    what += ", with pauses between" if stage.parts else ""
    return what if stage.bytes is None else f"{what}, {size(stage.bytes)}"


def overlap(history: JobHistory) -> str:
    """Return in words how the stages overlapped."""
    if len(history.stages) < 2:
        return ""
    one_by_one = sum(stage.seconds for stage in history.stages)
    if history.saved_seconds < 0.05 * one_by_one:
        return f"The stages ran one after the other, in {clock(one_by_one)}."
    together = one_by_one - history.saved_seconds
    return (
        f"One after the other, the stages would take {clock(one_by_one)}; together they took "
        f"{clock(together)}."
    )


def failed_title(files: Sequence[ReportedFile]) -> str:
    """Return what files that count as failed are called together."""
    partly = sum(each.state is FileState.PARTLY for each in files)
    if not partly:
        return "Failed"
    return "Made in part" if partly == len(files) else "Failed, or made in part"


def others(history: JobHistory) -> tuple[ReportedFile, ...]:
    """Return the files that didn't fail, and those of which something was made all the same."""
    return tuple(
        each for each in history.files if not each.has_failed or each.state is FileState.PARTLY
    )


def others_title(files: Sequence[ReportedFile]) -> str:
    """Return what such files are called together."""
    done = (FileState.ENCODED, FileState.KEPT, FileState.PARTLY, FileState.DONE_BEFORE)
    left = sum(each.state not in done for each in files)
    if not left:
        return "Encoded"
    return "Not ended" if left == len(files) else "Encoded, or not ended"


def reasons(files: Sequence[ReportedFile]) -> tuple[tuple[str, int], ...]:
    """Return why files failed and how many for each reason, the most first.

    How much of each is there makes no reason of its own.
    """
    found = Counter(_MEASURED.sub("", each.reason) for each in files)
    return tuple(found.most_common())


def by_advice(files: Sequence[ReportedFile]) -> tuple[tuple[str, tuple[ReportedFile, ...]], ...]:
    """Return files that failed by what to do, the most of them first."""
    found: dict[str, list[ReportedFile]] = {}
    for each in sorted(files, key=lambda each: (_MEASURED.sub("", each.reason), each.file)):
        found.setdefault(each.advice, []).append(each)
    ordered = sorted(found.items(), key=lambda group: -len(group[1]))
    return tuple((advice, tuple(group)) for advice, group in ordered)


def how_rows(history: JobHistory) -> tuple[tuple[str, str], ...]:
    """Return the settings of a job, each with its name; what isn't known is left out."""
    how = history.how
    limit = duration_text(timedelta(seconds=how.task_seconds))
    source = f"({how.ffmpeg_source})" if how.ffmpeg_source else ""
    slots = f", {counted(how.slots, 'task')} at a time on each" if how.slots else ""
    rows = (
        ("Made", moment(history.made)),
        ("batchff", how.batchff),
        ("ffmpeg", f"{how.ffmpeg} {source}".strip()),
        ("Nodes", f"{how.vm_size}{slots}" if how.vm_size else ""),
        ("Pool", f"{how.pool}{'' if how.pool_exists else ' (removed)'}"),
        ("A task", f"tried at most {counted(how.tries, 'time')}, for {limit} each"),
        ("Retried in", ", ".join(history.retries)),
        ("Media", how.source),
        ("Outputs", how.outputs_at),
        ("Logs", how.logs_at),
    )
    return tuple((name, value) for name, value in rows if value)


def rest_command(history: JobHistory, suffix: str = ".csv") -> str:
    """Return the command that gives all rows of a report; nodes are in JSON alone."""
    return f"batchff report {history.job} --out {history.job}{suffix}"
