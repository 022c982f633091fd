"""The graph of an item's tasks: what each runs, and which of them are still to run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from batchff.model.items import Item, ItemTask, NodeFile, Side, Work
from batchff.node.files import SCRIPT, node_input_name


def work_of(item: Item, task: ItemTask, suffix: str) -> Work:
    """Return what a task runs: its own work, or to encode the whole source into its one output."""
    if task.work is not None:
        return task.work
    (output,) = item.made_by(task)
    fetched = node_input_name(item.relative)
    made = f"output{suffix}"
    return Work(
        f"sh {SCRIPT} {fetched} {made} {item.size}",
        (NodeFile(fetched, item.input_blob, Side.INPUT),),
        (NodeFile(made, output.blob),),
    )


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


def items_by_task(items: Iterable[Item]) -> Mapping[str, Item]:
    """Return each task's item, by the task's id."""
    return {task.id: item for item in items for task in item.tasks}
