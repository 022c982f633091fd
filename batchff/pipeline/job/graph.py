"""The graph of an item's tasks: what each runs, and which of them are still to run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from batchff.ffmpeg.media import content_type
from batchff.model.items import Item, ItemTask, NodeFile, Output, Side, Work
from batchff.model.jobs import NotEncoded
from batchff.model.recipes import WHOLE, Recipe, RecipeOutput
from batchff.node.files import JOIN_SCRIPT, MADE_FOLDER, SCRIPT, node_input_name
from batchff.node.manifest import manifest_name
from batchff.pipeline.names import manifest_blob


def work_of(item: Item, task: ItemTask, recipes: Sequence[Recipe]) -> Work:
    """Return what a task runs: its own work or, without one, its recipe on the whole source."""
    if task.work is not None:
        return task.work
    fetched = node_input_name(item.relative)
    made = zip(recipes[task.recipe].outputs, item.made_by(task), strict=True)
    # Times are numbers, and the names are plain ones of ours: nothing of the user's is among them.
    times = (("-ss", task.cut.start), ("-to", task.cut.end))
    words = ["sh", SCRIPT, *(["-salvage"] if recipes[task.recipe].salvage else ())]
    words += [*(f"{name} {time:f}" for name, time in times if time is not None)]
    words += [f"{fetched} {item.size}", *(f"{file.name} {file.size}" for file in item.beside)]
    return Work(
        " ".join(words),
        (
            NodeFile(fetched, item.input_blob, Side.INPUT),
            *(NodeFile(file.name, file.blob, Side.INPUT) for file in item.beside),
        ),
        tuple(file for planned, output in made for file in _sent(planned, output)),
    )


def joins_chunks(task: ItemTask) -> bool:
    """Return whether a task joins the chunks of a film: it looks which are there."""
    return task.work is not None and task.work.command.startswith(f"sh {JOIN_SCRIPT} ")


def joins_film(task: ItemTask) -> bool:
    """Return whether a task joins a whole film, not some of its chunks to a longer one."""
    return joins_chunks(task) and bool(task.makes)


def encodes_for(item: Item, join: ItemTask) -> tuple[ItemTask, ...]:
    """Return the tasks that encode what a task joins, also through others that join, in order."""
    wanted = set(join.depends_on)
    for task in item.tasks:
        if joins_chunks(task) and task.id in wanted:
            wanted.update(task.depends_on)
    return tuple(task for task in item.tasks if task.id in wanted and not joins_chunks(task))


def is_joined(item: Item, task: ItemTask) -> bool:
    """Return whether another task of its item joins what a task makes with other parts."""
    return any(task.id in each.depends_on for each in item.tasks if joins_chunks(each))


def _sent(planned: RecipeOutput, output: Output) -> Iterator[NodeFile]:
    """Yield the files, or patterns of files, that a node sends of one output."""
    if not planned.is_folder:
        kind = content_type(planned.node_name)
        made = f"{MADE_FOLDER}/{planned.node_name}"
        yield NodeFile(made, output.blob, Side.RESULT, kind)
        return
    within = "" if planned.node_name == WHOLE else f"{planned.node_name}/"
    manifest = f"{MADE_FOLDER}/{manifest_name(planned.node_name)}"
    # All files that a pattern matches are sent as one type, so each type has a pattern.
    for suffix in planned.suffixes or ("",):
        pattern = f"{MADE_FOLDER}/{within}**/*{suffix}"
        yield NodeFile(pattern, output.blob, Side.RESULT, content_type(suffix))
    yield NodeFile(manifest, manifest_blob(output.blob), Side.RESULT, "text/plain")


def in_order(tasks: Iterable[ItemTask]) -> tuple[ItemTask, ...]:
    """Return an item's tasks, each after those that it depends on.

    Raises ValueError where one depends on a task that isn't among them, or, through others, on
    itself: such a graph is a mistake of ours, never the user's.
    """
    by_id = {task.id: task for task in tasks}
    graph = {task.id: task.depends_on for task in by_id.values()}
    unknown = {other for after in graph.values() for other in after} - by_id.keys()
    if unknown:
        raise ValueError(f"tasks depend on others that don't exist: {sorted(unknown)}")
    try:
        return tuple(by_id[task] for task in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ValueError(f"tasks depend on each other: {error.args[1]}") from error


def still_to_run(item: Item, done: Collection[str]) -> tuple[ItemTask, ...]:
    """Return the tasks of an item that haven't succeeded, each with what it still waits for."""
    return tuple(
        replace(task, depends_on=tuple(after for after in task.depends_on if after not in done))
        for task in in_order(item.tasks)
        if task.id not in done
    )


def only_tasks(items: Iterable[Item], wanted: Iterable[str]) -> tuple[Item, ...]:
    """Return the items with those of their tasks alone that are wanted; none without a task.

    A task waits for no other that isn't among them: that one runs in another job, or is done.
    """
    names = frozenset(wanted)
    kept = []
    for item in items:
        tasks = tuple(
            replace(task, depends_on=tuple(name for name in task.depends_on if name in names))
            for task in item.tasks
            if task.id in names
        )
        if tasks:
            kept.append(replace(item, tasks=tasks))
    return tuple(kept)


def given_up(item: Item, reason: str) -> Item:
    """Return an item of which nothing is made after all but what earlier jobs made."""
    reason = "; ".join(filter(None, (item.not_encoded, reason)))
    done = item.done_before
    return replace(item, outputs=done, tasks=(), not_encoded=reason, done=tuple(range(len(done))))


def all_outputs(items: Iterable[Item]) -> tuple[Output, ...]:
    """Return the outputs of items."""
    return tuple(output for item in items for output in item.outputs)


def not_plain(items: Iterable[Item]) -> tuple[Output, ...]:
    """Return the outputs that are folders, get their source's time, or were made before."""
    return tuple(
        output
        for item in items
        for place, output in enumerate(item.outputs)
        if output.is_folder or output.modified_ns is not None or place in item.done
    )


def not_encoded_in(items: Iterable[Item]) -> tuple[NotEncoded, ...]:
    """Return the files that aren't encoded, or not in all ways that were asked for, and why."""
    return tuple(
        NotEncoded(
            item.relative,
            item.not_encoded,
            is_partly=bool(item.tasks),
            is_salvageable=item.is_salvageable,
        )
        for item in items
        if item.not_encoded
    )


def items_by_task(items: Iterable[Item]) -> Mapping[str, Item]:
    """Return each task's item, by the task's id."""
    return {task.id: item for item in items for task in item.tasks}
