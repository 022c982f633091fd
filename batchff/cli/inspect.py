"""`batchff inspect`: shows what is in media files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import Invocation, invocation_of
from batchff.cli.options.ffmpeg_words import FfmpegCommand
from batchff.cli.options.quality import with_quality_options
from batchff.cli.options.recipes import Audio, Presets, Settings, Suffix, chosen_recipes
from batchff.cli.options.shared import (
    Chunk,
    Exclude,
    Include,
    chunk_seconds,
    globs,
    warn_of_unmatched,
)
from batchff.console.reporter import CommandResult
from batchff.console.words.text import printable
from batchff.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from batchff.ffmpeg.fit import Maker
    from batchff.model.estimates import Estimate
    from batchff.model.film_chunks import Chunks
    from batchff.model.inspection import Inspected, Inspection
    from batchff.model.places import BlobPlace
    from batchff.pipeline.cloud_media.find import FoundBlobs
    from batchff.pipeline.selection import Selection
    from batchff.pipeline.sources import FoundMedia
    from batchff.results.inspect import Becoming

    Looked = tuple[str, int, Inspected]
    """A file's name, its size, and what is in it."""

app = App()

Places = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Folders and files; or media in storage, as az://CONTAINER/PREFIX or a URL with a "
        "SAS.",
        show_default=False,
        path_type=str,  # so that paths are completed
    ),
]
ShowChunks = Annotated[
    bool, typer.Option("--chunks", help="Show where each film would be cut into chunks.")
]
ShowEstimate = Annotated[
    bool,
    typer.Option(
        "--estimate", help="Encode pieces here to tell sizes, time and cost; takes half a minute."
    ),
]
_CHUNK_SECONDS = 30.0


@app.command(cls=FfmpegCommand)
@with_quality_options
def inspect(
    context: typer.Context,
    paths: Places,
    preset: Presets = None,
    settings: Settings = None,
    suffix: Suffix = None,
    audio: Audio = None,
    show_chunks: ShowChunks = False,
    chunk: Chunk = None,
    show_estimate: ShowEstimate = False,
    include: Include = None,
    exclude: Exclude = None,
) -> CommandResult:
    """Show what is in media files, and what a preset makes of them.

    Sends nothing. It reads the headers, the index and at most 16 MiB of packets of each file. It
    reports only problems that are certain: other files may be damaged as well. With --preset, or
    arguments after --, it says which streams are chosen, what is lost, and what will fail. The exit
    code is 3 if a file can't be used.
    """
    from batchff.cli.options.ffmpeg_words import FFMPEG_ARGUMENTS
    from batchff.cli.words.inspected import rows_of
    from batchff.model.inspection import NotMedia
    from batchff.pipeline.cloud_media.address import read_sources
    from batchff.pipeline.inspect.progress import problem_of
    from batchff.pipeline.selection import Selection
    from batchff.results.inspect import Inspect, InspectedFile

    makers: tuple[Maker, ...] = ()
    if preset or settings or suffix or context.meta.get(FFMPEG_ARGUMENTS) is not None:
        makers = chosen_recipes(context, preset, settings, suffix).makers
    invocation = invocation_of(context)
    selection = Selection(globs(include), globs(exclude))
    given = read_sources(paths)
    found: FoundMedia | FoundBlobs
    if isinstance(given, list):
        looked, found = _look_here(given, selection, invocation)
    else:
        looked, found = _look_into_storage(given, selection, invocation)
    told = [(*file, _becomes(file[2], makers, audio or "")) for file in looked]
    cut = _cutter(found, makers, chunk_seconds(chunk), invocation) if show_chunks else None
    files = tuple(
        InspectedFile(name, size, inspected.reason, None)
        if isinstance(inspected, NotMedia)
        else InspectedFile(name, size, None, inspected, becomes, cut and cut(name, size, inspected))
        for name, size, inspected, becomes in told
    )
    estimate = _estimate(looked, found, makers, audio or "", invocation) if show_estimate else None
    problems = sum(
        bool(problem_of(inspected)) or any(becoming.refused for becoming in becomes)
        for _, _, inspected, becomes in told
    )
    return CommandResult(
        Inspect(files, problems, dict(found.left_out), estimate),
        text="\n".join([*rows_of(files), *_estimated(estimate, invocation)]),
        exit_code=ExitCode.TASKS_FAILED if problems else ExitCode.DONE,
    )


def _becomes(inspected: Inspected, makers: Sequence[Maker], language: str) -> tuple[Becoming, ...]:
    from batchff.ffmpeg.fit import fit_all
    from batchff.results.inspect import Becoming

    return tuple(
        Becoming(
            maker.recipe.name,
            fitted.refused,
            fitted.choices,
            fitted.losses,
            tuple(run.arguments for run in fitted.recipe.runs) if fitted.recipe else (),
        )
        for maker, fitted in zip(makers, fit_all(makers, inspected, language), strict=True)
    )


def _estimate(
    looked: Sequence[Looked],
    found: FoundMedia | FoundBlobs,
    makers: Sequence[Maker],
    language: str,
    invocation: Invocation,
) -> Estimate:
    """Return what files here are likely to come to; raise UsageError where it isn't said how."""
    from batchff.cli.options.pool_request import asked_pool
    from batchff.events import Notice
    from batchff.pipeline.cloud_media.find import FoundBlobs
    from batchff.pipeline.estimate.estimate import estimate
    from batchff.pipeline.estimate.trying import BUDGET, LONGER
    from batchff.pipeline.estimate.works import works_of_files

    if not makers:
        raise UsageError(
            "--estimate tells what a preset makes of files, and none is named",
            hint="name one by --preset, or give arguments after --",
        )
    sources = () if isinstance(found, FoundBlobs) else found.sources
    paths = {each.relative: each.path for each in sources}
    works = works_of_files(looked, paths, makers, language)
    budget = BUDGET * (LONGER if any(work.recipe.quality for work in works) else 1.0)
    invocation.console.report(Notice(f"encoding pieces here, for {budget:.0f} s at most"))
    spec = asked_pool(invocation, warn=False)
    return estimate(
        works,
        spec,
        invocation.prices,
        here=invocation.profile.has_nodes_here,
        budget=budget,
    )


def _estimated(found: Estimate | None, invocation: Invocation) -> Iterator[str]:
    """Yield an estimate as lines for people."""
    from batchff.cli.words.estimated import estimate_lines, likely_cost

    if found is None:
        return
    for name, text in estimate_lines(found, here=invocation.profile.has_nodes_here):
        yield printable(f"{name:<8} {text}")
    if cost := likely_cost(found, invocation.prices):
        yield printable(f"cost     {cost}")


def _cutter(
    found: FoundMedia | FoundBlobs,
    makers: Sequence[Maker],
    seconds: float | None,
    invocation: Invocation,
) -> Callable[[str, int, Inspection], Chunks]:
    """Return what says where a file's film would be cut; a maker must be able to do with that."""
    from batchff.ffmpeg.fit import fit_all
    from batchff.pipeline.chunks.open import opener
    from batchff.pipeline.chunks.show import chunks_of
    from batchff.pipeline.cloud_media.find import FoundBlobs

    storage = invocation.storage if isinstance(found, FoundBlobs) else None
    open_source = opener(found, "", storage)

    def cut(name: str, size: int, inspection: Inspection) -> Chunks:
        fitted = fit_all(makers[:1], inspection)
        recipe = fitted[0].recipe if fitted else None
        return chunks_of(name, size, inspection, recipe, seconds or _CHUNK_SECONDS, open_source)

    return cut


def _look_here(
    paths: Sequence[Path], selection: Selection, invocation: Invocation
) -> tuple[list[Looked], FoundMedia]:
    from batchff.model.inspection import NotMedia
    from batchff.pipeline.inspect.look import look_into_files
    from batchff.pipeline.sources import find_media

    found = find_media(paths, selection)
    warn_of_unmatched(found, invocation.console)
    looked: list[Looked] = [(bad.relative, bad.size, NotMedia(bad.reason)) for bad in found.bad]
    looked += [
        (source.relative, source.size, inspected)
        for source, inspected in look_into_files(found.sources, invocation.console)
    ]
    return sorted(looked, key=lambda file: file[0]), found


def _look_into_storage(
    place: BlobPlace, selection: Selection, invocation: Invocation
) -> tuple[list[Looked], FoundBlobs]:
    from datetime import UTC, datetime

    from batchff.pipeline.cloud_media.find import find_blobs_of_media
    from batchff.pipeline.cloud_media.open import open_media
    from batchff.pipeline.inspect.look import look_into_blobs

    console = invocation.console
    media = open_media(place, invocation.storage, datetime.now(UTC))
    found = find_blobs_of_media(media, selection, console)
    looked = [
        (source.relative, source.size, inspected)
        for source, inspected in look_into_blobs(
            found.sources, place.container, media.account, console
        )
    ]
    return looked, found
