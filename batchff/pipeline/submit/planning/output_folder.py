"""Check that outputs can be written to a folder, and don't replace their sources."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import lexists
from pathlib import Path
from tempfile import TemporaryFile

from batchff.errors import InputError
from batchff.model.file_names import FileNames
from batchff.model.items import Item
from batchff.model.paths import folders_above
from batchff.pipeline.sources import FoundMedia


def refuse_carried_clashes(found: FoundMedia, items: Iterable[Item]) -> None:
    """Raise InputError where a file that is carried along has the name of an output."""
    carried = {file.relative: file.relative for file in found.carried}
    inside = {folder: name for name in carried for folder in folders_above(name)}
    for item in items if carried else ():
        for output in item.outputs:
            names = (output.relative, *folders_above(output.relative))
            clash = next((carried[name] for name in names if name in carried), None)
            clash = clash or inside.get(output.relative)
            if clash:
                raise InputError(
                    f"{clash!r} is carried along, and an output of {item.relative!r} would be "
                    "in its place",
                    hint="name outputs otherwise with --name, or carry fewer files",
                )


def refuse_to_overwrite_sources(found: FoundMedia, items: Iterable[Item], folder: Path) -> None:
    """Raise InputError where an output would take the place of a file that was given."""
    sources = {source.path.resolve() for source in (*found.sources, *found.carried)}
    for file in found.carried:
        if (folder / file.relative).resolve() in sources:
            raise InputError(
                f"{file.relative!r} would be carried onto itself",
                hint="choose another folder with --out",
            )
    for item in items:
        for output in item.outputs:
            place = (folder / output.relative).resolve()
            if place in sources:
                raise InputError(
                    f"the output of {item.relative!r} would take the place of {str(place)!r}",
                    hint="choose another folder with --out",
                )


def refuse_impossible_names(items: Iterable[Item], here: FileNames) -> None:
    """Raise InputError where an output couldn't be a file here, or two would be one file."""
    hint = "name outputs otherwise with --name, leave files out with --exclude, or send outputs to "
    hint += "storage with --to"
    taken: dict[str, str] = {}
    for output in (output for item in items for output in item.outputs):
        if reason := here.why_not(output.relative):
            raise InputError(f"there can be no file {output.relative!r} here: {reason}", hint=hint)
        other = taken.setdefault(here.key(output.relative), output.relative)
        if other != output.relative:
            raise InputError(
                f"{other!r} and {output.relative!r} would be one file on this machine", hint=hint
            )


def refuse_unwritable(folder: Path) -> None:
    """Raise InputError where outputs could not be written, before anything is paid for.

    Permissions don't say it for root, nor for every mount: so a file without a name is written.
    """
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if lexists(path))
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(
            f"outputs can't be written to {str(folder)!r}: {error.strerror}",
            hint="choose another folder with --out",
        ) from error
