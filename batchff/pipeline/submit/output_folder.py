"""Check that outputs can be written to a folder, and don't replace their sources."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import lexists
from pathlib import Path
from tempfile import TemporaryFile

from batchff.errors import InputError
from batchff.model.items import Item
from batchff.pipeline.sources import FoundMedia


def refuse_to_overwrite_sources(found: FoundMedia, items: Iterable[Item], folder: Path) -> None:
    """Raise InputError where an output would take the place of a file it's made from."""
    sources = {source.path.resolve() for source in found.sources}
    for item in items:
        for output in item.outputs:
            place = (folder / output.relative).resolve()
            if place in sources:
                raise InputError(
                    f"the output of {item.relative!r} would take the place of {str(place)!r}",
                    hint="choose another folder with --out",
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
