"""Which files a submit is for, and what to make of each: all below its paths, or a list's clips."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cli.options.ffmpeg_words import FFMPEG_ARGUMENTS
from batchff.cli.options.recipes import DEFAULT_PRESET
from batchff.errors import UsageError
from batchff.model.places import BlobPlace

if TYPE_CHECKING:
    import typer

    from batchff.cli.options.recipes import Chosen
    from batchff.model.recipes import Recipe
    from batchff.pipeline.clip_list import Clip
    from batchff.pipeline.submit.planning.files import Wanted


# A filter reads its file from the beginning, wherever the clip starts.
_TIMED_TEXT = re.compile(r"\b(subtitles|ass)=[^,;]*\{(input|with:\d+)\}")
_CUTS = frozenset({"-ss", "-sseof", "-t", "-to"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call names: its paths, a place in storage, or a list's path and its clips.

    `presets` are all that are needed, each once, and None for a line of the user's own. `usual` are
    the numbers of those for clips that name none.
    """

    paths: tuple[Path, ...] | BlobPlace
    clips: tuple[Clip, ...]
    presets: tuple[str, ...] | None
    usual: tuple[int, ...]

    def wanted(
        self,
        include: tuple[str, ...],
        exclude: tuple[str, ...],
        carry: tuple[str, ...],
        out: Path | None,
        chosen: Chosen,
        beside: Sequence[str] = (),
    ) -> Wanted:
        """Return the files that are wanted, with the recipes to make of each.

        `beside` are the patterns of second inputs. Raises UsageError where clips are parts of
        files, and a recipe cuts files itself or reads others as a whole.
        """
        from batchff.pipeline.selection import Selection
        from batchff.pipeline.submit.planning.files import Wanted

        if any(clip.cut.label for clip in self.clips):
            _refuse_two_cuts(chosen.recipes, beside)
        numbers = {name: (number,) for number, name in enumerate(self.presets or ())}
        clips = tuple((clip, numbers.get(clip.preset, self.usual)) for clip in self.clips)
        selection = Selection(include, exclude, carry, out, chosen.takes_playlists)
        if isinstance(self.paths, BlobPlace):
            return Wanted((), selection, place=self.paths)
        return Wanted(self.paths, selection, clips)


def require_files(paths: Sequence[str] | None, list_: Path | None) -> None:
    """Raise UsageError where a call names no files; it loads nothing to find out."""
    if not paths and list_ is None:
        raise UsageError("no files are named", hint="give a PATH, or a list with --list")


def ask_what(
    context: typer.Context,
    paths: Sequence[str],
    list_: Path | None,
    presets: Sequence[str] | None,
    *,
    takes_all: bool,
) -> Asked:
    """Return which files a call names, and the presets that they need.

    `takes_all` says that no glob chooses among them. Raises UsageError where it isn't clear what is
    meant, and InputError for a list that can't be read.
    """
    has_line = context.meta.get(FFMPEG_ARGUMENTS) is not None and not presets
    clips = _clips(paths, list_, has_line=has_line, takes_all=takes_all)
    named = _named(paths, list_)
    if has_line:
        return Asked(named, clips, None, (0,))
    usual = tuple(presets or (DEFAULT_PRESET,))
    is_usual_needed = not all(clip.preset for clip in clips) or not clips
    own = (clip.preset for clip in clips if clip.preset)
    # A preset that is given twice stays so: that is refused later.
    given = usual if is_usual_needed else ()
    needed = (*given, *dict.fromkeys(name for name in own if name not in given))
    return Asked(named, clips, needed, tuple(range(len(given))))


def _named(paths: Sequence[str], list_: Path | None) -> tuple[Path, ...] | BlobPlace:
    from batchff.pipeline.cloud_media.address import read_sources

    if list_ is not None:
        return (list_,)
    sources = read_sources(paths)
    return sources if isinstance(sources, BlobPlace) else tuple(sources)


def _refuse_two_cuts(recipes: Sequence[Recipe], beside: Sequence[str]) -> None:
    for recipe in recipes:
        for run in recipe.runs:
            if any(_TIMED_TEXT.search(word) for word in run.arguments):
                raise UsageError(
                    "a clip would get the subtitles from the beginning of its file",
                    hint="leave out the filter, or cut the clips first",
                )
            _refuse_whole_inputs(run.arguments, beside)
            source = run.arguments.index("{input}") if "{input}" in run.arguments else 0
            cuts = _CUTS.intersection(run.arguments[:source])
            if cuts:
                raise UsageError(
                    f"the list says where clips start and end, and so does {min(cuts)} before the "
                    "source",
                    hint="leave out one of them",
                )


def _refuse_whole_inputs(arguments: Sequence[str], beside: Sequence[str]) -> None:
    """Raise UsageError where a clip would get the beginning of a file beside its source."""
    from batchff.pipeline.beside import is_for_each

    for number, pattern in enumerate(beside):
        place = f"{{with:{number}}}"
        if place in arguments and is_for_each(pattern):
            raise UsageError(
                f"a clip would get the beginning of {place}, not the part that goes with it",
                hint="leave it out, or cut the clips first",
            )


def _clips(
    paths: Sequence[str], list_: Path | None, *, has_line: bool, takes_all: bool
) -> tuple[Clip, ...]:
    from batchff.pipeline.clip_list import read_clip_list

    if list_ is None:
        return ()
    if paths:
        raise UsageError("--list and PATH exclude each other", hint="put all files into the list")
    if not takes_all:
        raise UsageError(
            "--include and --exclude choose files in folders, and --list names each file",
            hint="leave them out",
        )
    clips = read_clip_list(list_)
    if has_line and any(clip.preset for clip in clips):
        raise UsageError(
            f"{str(list_)!r} names presets, and there are arguments after --",
            hint="leave out one of them",
        )
    return clips
