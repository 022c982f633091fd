"""The files of a submit: found on this machine or in storage, with the names of all they become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.model.file_names import names_here
from batchff.model.files import BadFile, Source
from batchff.model.inspection import Inspected
from batchff.model.items import Item
from batchff.model.places import BlobPlace
from batchff.model.recipes import Recipe
from batchff.pipeline.beside import FilesBeside, find_beside
from batchff.pipeline.clip_list import Clip
from batchff.pipeline.cloud_media.destination import outputs_among, refuse_to_replace_sources
from batchff.pipeline.cloud_media.find import FoundBlobs, find_blobs_of_media
from batchff.pipeline.cloud_media.open import OpenedMedia
from batchff.pipeline.inspect.stored import InspectionsFile
from batchff.pipeline.names import fingerprint, input_set_name, place_name
from batchff.pipeline.plan import InputFile, Piece
from batchff.pipeline.selection import Selection
from batchff.pipeline.sources import FoundMedia, find_listed, find_media, nothing_left
from batchff.pipeline.submit.planning.output_folder import (
    refuse_carried_clashes,
    refuse_impossible_names,
    refuse_to_overwrite_sources,
    refuse_unwritable,
)
from batchff.pipeline.submit.planning.request import JobRequest

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """The files of a submit: where they come from, what becomes of them, where outputs go.

    Files that are in storage already are in no input set: it's empty then.
    """

    found: FoundMedia | FoundBlobs
    beside: FilesBeside
    items: tuple[Item, ...]
    input_set: str
    inputs: str
    """Their fingerprint."""
    job: str
    folder: Path
    recipes: tuple[Recipe, ...]
    """What is made of the files; those that are alike share one."""
    files: tuple[InputFile, ...] = ()
    """What is known of each."""
    inspections: bytes = b""
    """What looks into the files said, for the input set."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files that a user names: all below some paths, a list's clips, or media in storage.

    Each of the `clips` comes with the recipes to make of it, by their numbers. With a `place`,
    there are no paths.
    """

    paths: tuple[Path, ...]
    selection: Selection = Selection()
    clips: tuple[tuple[Clip, tuple[int, ...]], ...] = ()
    place: BlobPlace | None = None

    def find(self) -> FoundMedia:
        """Return the files; raise InputError for those that can't be encoded."""
        if not self.clips:
            return find_media(self.paths, self.selection)
        (path,) = self.paths
        return find_listed([clip.path for clip, _ in self.clips], path.parent, self.selection)

    def pieces(self) -> Mapping[Path, tuple[Piece, ...]]:
        """Return what is made of each file of a list, by its path."""
        found: dict[Path, tuple[Piece, ...]] = {}
        for clip, recipes in self.clips:
            path = clip.path.absolute()
            made = (Piece(recipe, clip.cut) for recipe in recipes)
            found[path] = (*found.get(path, ()), *made)
        return found


def plan_files(
    wanted: Wanted,
    request: JobRequest,
    out: Path | None,
    *,
    downloads: bool = True,
    look: Callable[[Sequence[Source]], Iterable[tuple[Source, Inspected]]] | None = None,
) -> PlannedFiles:
    """Find the files of a submit and name all that becomes of them. Looks at no service.

    `look` says what is in the files; without it nothing is known of them. Raises InputError if
    there are none, if nothing can be made of any, if two outputs would have one name, or if outputs
    can't be written to their folder.
    """
    found = wanted.find()
    input_set = input_set_name(wanted.paths)
    beside = find_beside(request.beside, found.sources)
    pieces = wanted.pieces()
    inputs = _fingerprint(found, beside, pieces)
    job = request.job_for(input_set, inputs)
    named = partial(request.items, job=job, input_set=input_set)
    asked = [
        InputFile(
            source.relative,
            source.size,
            pieces.get(source.path, ()),
            beside.of(source.relative, input_set),
            source.modified_ns if request.keep_times else None,
        )
        for source in found.sources
    ]
    bad = [InputFile(each.relative, each.size, bad=each.reason) for each in found.bad]
    folder = out or request.default_folder(input_set).path
    # To look into files takes time: first the names alone may forbid what is asked.
    general = named([*asked, *bad], request.recipes)
    refuse_carried_clashes(found, general)
    if downloads:
        refuse_to_overwrite_sources(found, general, folder)
        refuse_impossible_names(general, names_here())
        refuse_unwritable(folder)
    kept = InspectionsFile()
    looked = kept.pass_on(look(found.sources)) if look and request.makers else ()
    fitting = request.fitting()
    files = (*fitting.files(asked, (inspected for _, inspected in looked)), *bad)
    refuse_where_nothing_is_left(files)
    items, recipes = named(files, fitting.recipes), fitting.recipes
    return PlannedFiles(
        found, beside, items, input_set, inputs, job, folder, recipes, files, kept.content()
    )


def _fingerprint(
    found: FoundMedia, beside: FilesBeside, pieces: Mapping[Path, tuple[Piece, ...]]
) -> str:
    """Return a digest of all that outputs are made from; what is carried along isn't."""
    sent = (*found.sources, *beside.files)
    asked = [
        (source.relative, piece.recipe, piece.cut.label)
        for source in found.sources
        for piece in pieces.get(source.path, ())
    ]
    return fingerprint(
        (
            *((source.relative, source.size, str(source.modified_ns)) for source in sent),
            *asked,
        )
    )


def refuse_where_nothing_is_left(files: Sequence[InputFile]) -> None:
    """Raise InputError where nothing can be made of any file."""
    if any(file.pieces for file in files):
        return
    bad = tuple(BadFile(file.relative, file.size, file.bad) for file in files)
    raise nothing_left(bad)


def plan_blobs(
    media: OpenedMedia,
    selection: Selection,
    request: JobRequest,
    out: Path | None,
    reporter: Reporter,
    *,
    downloads: bool = True,
    look: Callable[[FoundBlobs, Storage], Iterable[Inspected]] | None = None,
) -> PlannedFiles:
    """Find media that is in storage already, and name all that becomes of it. Only reads.

    `look` says what is in the files. Raises as `plan_files` does, and NotFoundError where there's
    no such place.
    """
    place, own = media.place, media.own
    outputs = outputs_among(own, request.to)
    found = find_blobs_of_media(media, selection, reporter, outputs=outputs)
    inputs = fingerprint((source.blob, source.size, source.etag) for source in found.sources)
    job = request.job_for(place_name(place), inputs)
    named = partial(request.items, job=job, read_below=found.below)
    asked = [
        InputFile(
            source.relative,
            source.size,
            modified_ns=source.modified_ns if request.keep_times else None,
        )
        for source in found.sources
    ]
    folder = out or request.default_folder(place_name(place)).path
    # As above, names come before looks.
    general = named(asked, request.recipes)
    if request.to and not own.endpoint:
        refuse_to_replace_sources(general, own.container, request.to)
    if downloads:
        refuse_impossible_names(general, names_here())
        refuse_unwritable(folder)
    fitting = request.fitting()
    looked = look(found, media.account) if look and request.makers else ()
    files = tuple(fitting.files(asked, looked))
    refuse_where_nothing_is_left(files)
    items, recipes = named(files, fitting.recipes), fitting.recipes
    return PlannedFiles(found, FilesBeside({}), items, "", inputs, job, folder, recipes, files)
