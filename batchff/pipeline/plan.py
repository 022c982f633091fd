"""Plan: say what becomes of each source, and what that is called everywhere. No network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batchff.errors import InputError
from batchff.model.items import Item, ItemTask, Output
from batchff.model.paths import folders_above
from batchff.model.recipes import Recipe
from batchff.pipeline.names import blob_path, input_blob, output_blob, task_id
from batchff.pipeline.output_names import Naming, OutputNames
from batchff.wording import some_clauses

_LONGEST_BLOB_NAME = 1024
_LONGEST_FILE_NAME = 255  # in bytes, on nearly all file systems
_SHOWN_CLASHES = 3


def plan_items(
    files: Iterable[tuple[str, int]],
    *,
    input_set: str,
    job: str,
    recipes: Sequence[Recipe],
    naming: Naming | None = None,
    read_below: str | None = None,
    write_below: str | None = None,
) -> tuple[Item, ...]:
    """Say for each file (relative path, size in bytes) what it will be called everywhere.

    Each recipe is a task. `read_below` is what the names of blobs begin with that weren't uploaded
    by batchff: they have what they have. `write_below` is what outputs' names are to begin with,
    if not as the job's. Raises InputError where two files would write the same output, or a name is
    too long.
    """
    names = OutputNames(recipes, naming)
    items = [
        Item(
            relative=relative,
            size=size,
            input_blob=input_blob(input_set, relative)
            if read_below is None
            else read_below + relative,
            outputs=tuple(
                Output(
                    made := names.relative(relative, recipe, output),
                    output_blob(job, made)
                    if write_below is None
                    else write_below + blob_path(made),
                    output.is_folder,
                )
                for recipe in recipes
                for output in recipe.outputs
            ),
            tasks=_tasks(relative, recipes),
        )
        for relative, size in files
    ]
    _refuse_collisions(items)
    for item in items:
        blobs = (item.input_blob, *(output.blob for output in item.outputs))
        if max(map(len, blobs)) > _LONGEST_BLOB_NAME:
            raise InputError(
                f"the path of {item.relative!r} is too long for a blob's name "
                f"({_LONGEST_BLOB_NAME} characters)",
                hint="shorten it, or submit a folder further down",
            )
        _refuse_longer_file_name(item)
    return tuple(items)


def _tasks(relative: str, recipes: Sequence[Recipe]) -> tuple[ItemTask, ...]:
    """Return the tasks of a file: one for each recipe, and what that makes among the outputs."""
    if len(recipes) == 1:
        return (ItemTask(task_id(relative), makes=tuple(range(len(recipes[0].outputs)))),)
    tasks = []
    first = 0
    for number, recipe in enumerate(recipes):
        after = first + len(recipe.outputs)
        makes = tuple(range(first, after))
        tasks.append(ItemTask(task_id(relative, recipe.name), makes, recipe=number))
        first = after
    return tuple(tasks)


def _refuse_longer_file_name(item: Item) -> None:
    """Raise InputError where only the suffix makes an output's name too long for a file."""
    if _name_length(item.relative) > _LONGEST_FILE_NAME:
        return  # its outputs go where that can be a file, too
    for output in item.outputs:
        if _name_length(output.relative) > _LONGEST_FILE_NAME:
            raise InputError(
                f"the output of {item.relative!r} would have a name too long for a file "
                f"({_LONGEST_FILE_NAME} bytes)",
                hint="shorten the file's name",
            )


def _name_length(relative: str) -> int:
    return len(relative.rpartition("/")[2].encode())


def _refuse_collisions(items: Sequence[Item]) -> None:
    """Raise InputError where two outputs have one name, or one is the folder of another."""
    by_output: dict[str, list[str]] = {}
    made = [(item.relative, output.relative) for item in items for output in item.outputs]
    for source, output in made:
        by_output.setdefault(output, []).append(source)
    for source, output in made:
        for folder in folders_above(output):
            if folder in by_output:
                by_output[folder].append(source)
    clashes = [
        f"{' and '.join(repr(relative) for relative in relatives)} → {output!r}"
        for output, relatives in by_output.items()
        if len(relatives) > 1
    ]
    if clashes:
        raise InputError(
            f"several files would write the same output: {some_clauses(clashes, _SHOWN_CLASHES)}",
            hint="rename one, or leave one out with --exclude",
        )
