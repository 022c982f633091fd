"""Plan: say what becomes of each source, and what that is called everywhere. No network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from batchff.errors import InputError
from batchff.model.items import WHOLE_SOURCE, Beside, Cut, Item, ItemTask, Output
from batchff.model.paths import folders_above
from batchff.model.recipes import Recipe
from batchff.pipeline.names import blob_path, input_blob, output_blob, task_id
from batchff.pipeline.output_names import Naming, OutputNames
from batchff.wording import some_clauses

_LONGEST_BLOB_NAME = 1024
_LONGEST_FILE_NAME = 255  # in bytes, on nearly all file systems
_SHOWN_CLASHES = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """What to make of a file: what the recipe of this number says, of the whole or of a part."""

    recipe: int = 0
    cut: Cut = WHOLE_SOURCE


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to plan for: its path below the folder that was given, and its size in bytes.

    Without `pieces`, each recipe is made of the whole file. The files `beside` go to the node with
    it. With `modified_ns`, its outputs get that time. Of a file that is `bad` for a reason, nothing
    is made but its pieces, if it has any; of one that `is_salvageable`, --salvage makes something.
    The `choices` say what was chosen in it where there was a choice, and `lacks` what its outputs
    lack of it. `seconds` is its duration, None where it isn't known; `pixels` is how many its film
    has in a second, 0 where there is none.
    """

    relative: str
    size: int
    pieces: tuple[Piece, ...] = ()
    beside: tuple[Beside, ...] = ()
    modified_ns: int | None = None
    bad: str = ""
    is_salvageable: bool = False
    choices: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    seconds: float | None = None
    pixels: float = 0.0


def plan_items(
    files: Iterable[InputFile],
    *,
    input_set: str,
    job: str,
    recipes: Sequence[Recipe],
    presets: Sequence[Recipe] = (),
    naming: Naming | None = None,
    read_below: str | None = None,
    write_below: str | None = None,
) -> tuple[Item, ...]:
    """Say for each file what it will be called everywhere.

    Each piece is a task. `presets` are what the user asked for, where the recipes are those of the
    files. `read_below` is what the names of blobs begin with that weren't uploaded
    by batchff: they have what they have. `write_below` is what outputs' names are to begin with,
    if not as the job's. Raises InputError where two files would write the same output, or a name is
    too long.
    """
    presets = presets or recipes
    names = OutputNames(presets, naming)
    whole = tuple(Piece(number) for number in range(len(recipes)))

    def pieces_of(file: InputFile) -> tuple[Piece, ...]:
        return file.pieces if file.bad else file.pieces or whole

    def blob_of(made: str) -> str:
        return output_blob(job, made) if write_below is None else write_below + blob_path(made)

    items = [
        Item(
            relative=file.relative,
            size=file.size,
            input_blob=input_blob(input_set, file.relative)
            if read_below is None
            else read_below + file.relative,
            outputs=tuple(_outputs(file, pieces_of(file), recipes, names, blob_of)),
            tasks=tuple(_tasks(file, pieces_of(file), recipes, is_labelled=len(presets) > 1)),
            not_encoded=file.bad,
            is_salvageable=file.is_salvageable,
            beside=file.beside,
            lacks=file.lacks,
            seconds=file.seconds,
        )
        for file in files
    ]
    _refuse_collisions(items)
    for item in items:
        if not item.tasks:
            continue
        blobs = (item.input_blob, *(output.blob for output in item.outputs))
        if max(map(len, blobs)) > _LONGEST_BLOB_NAME:
            raise InputError(
                f"the path of {item.relative!r} is too long for a blob's name "
                f"({_LONGEST_BLOB_NAME} characters)",
                hint="shorten it, or submit a folder further down",
            )
        _refuse_longer_file_name(item)
    return tuple(items)


def _outputs(
    file: InputFile,
    pieces: Sequence[Piece],
    recipes: Sequence[Recipe],
    names: OutputNames,
    blob_of: Callable[[str], str],
) -> Iterator[Output]:
    """Yield the outputs of a file, piece by piece."""
    of_recipe = Counter(piece.recipe for piece in pieces)
    for piece in pieces:
        recipe = recipes[piece.recipe]
        is_one_of_several = of_recipe[piece.recipe] > 1
        for output in recipe.outputs:
            made = names.relative(
                file.relative, recipe, output, piece.cut, label_cut=is_one_of_several
            )
            yield Output(made, blob_of(made), output.is_folder, file.modified_ns)


def _tasks(
    file: InputFile, pieces: Sequence[Piece], recipes: Sequence[Recipe], *, is_labelled: bool
) -> Iterator[ItemTask]:
    """Yield the tasks of a file: one for each piece, and what that makes among the outputs."""
    first = 0
    for piece in pieces:
        recipe = recipes[piece.recipe]
        after = first + len(recipe.outputs)
        yield ItemTask(
            task_id(file.relative, recipe.name if is_labelled else "", piece.cut.label),
            makes=tuple(range(first, after)),
            recipe=piece.recipe,
            cut=piece.cut,
        )
        first = after


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
            hint="name them otherwise with --keep-suffix or --name, or leave one out with "
            "--exclude",
        )
