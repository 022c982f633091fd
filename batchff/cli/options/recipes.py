"""What a call makes of each file: presets with their parameters, or a line of ffmpeg's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.completion.values import (
    complete_language,
    complete_parameter,
    complete_preset,
)
from batchff.cli.invocation import invocation_of
from batchff.cli.options.ffmpeg_words import FFMPEG_ARGUMENTS
from batchff.cli.options.quality_key import ASKED_QUALITY
from batchff.errors import UsageError
from batchff.wording import ordinal

if TYPE_CHECKING:
    from batchff.ffmpeg.fit import Maker, PresetMaker
    from batchff.ffmpeg.line import Line, UnknownName
    from batchff.model.recipes import Recipe

DEFAULT_PRESET = "mp3"
_PLACE = re.compile(r"\{with:(\d{1,4})\}")


Presets = Annotated[
    list[str] | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="What to make of each file, or the path of a preset of your own; may be repeated; see "
        "'batchff preset list'.  [default: mp3]",
        autocompletion=complete_preset,
        show_default=False,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A preset's parameter, as in --set crf=28; of one of several presets: --set "
        "h264.crf=28. May be repeated.",
        autocompletion=complete_parameter,
        show_default=False,
    ),
]
Suffix = Annotated[
    str | None,
    typer.Option(
        metavar=".SUFFIX", help="The outputs' suffix, with arguments after --.", show_default=False
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEMPLATE",
        help="The outputs' names, as in '{stem}.{preset}.{suffix}'.  [default: {stem}.{suffix}]",
        show_default=False,
    ),
]
KeepSuffix = Annotated[
    bool,
    typer.Option("--keep-suffix", help="Name outputs by the whole name of their file: a.mov.mp3."),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a call makes of each file; `line` is the user's own ffmpeg line, if there is one.

    The `makers` fit the recipes to each file; there are none where the line names the source's
    format. `lacking` are errors that hold where nodes have the bundled ffmpeg, and perhaps not for
    another.
    """

    recipes: tuple[Recipe, ...]
    line: Line | None = None
    lacking: tuple[UsageError, ...] = ()
    makers: tuple[Maker, ...] = ()

    @property
    def takes_playlists(self) -> bool:
        """Whether the source's format was asked for, so that even a playlist is taken."""
        from batchff.ffmpeg.line_recipe import names_format

        return self.line is not None and names_format(self.line)


Audio = Annotated[
    str | None,
    typer.Option(
        "--audio",
        metavar="LANG",
        help="The language of the sound to prefer, as in 'en'.  [default: the default track, else "
        "the first, never a commentary]",
        autocompletion=complete_language,
        show_default=False,
    ),
]
NoTry = Annotated[
    bool,
    typer.Option("--no-try", help="Don't try ffmpeg's arguments on one second of the first file."),
]


def chosen_recipes(
    context: typer.Context,
    presets: Sequence[str] | None,
    settings: Sequence[str] | None = None,
    suffix: str | None = None,
    beside: Sequence[str] = (),
) -> Chosen:
    """Return what ffmpeg is to make: of presets, of the arguments after `--`, or of both.

    `beside` are the names that second inputs have on a node. Raises UsageError for options that
    exclude each other, and for arguments that no ffmpeg can run. `check_for_nodes` is for those
    that only the bundled ffmpeg can't run.
    """
    arguments: Sequence[str] | None = context.meta.get(FFMPEG_ARGUMENTS)
    if arguments is not None and not presets:
        if settings:
            raise UsageError(
                "--set is for a preset's parameters, and there is no --preset",
                hint="write the values into the arguments after --",
            )
        return _line(context, arguments, suffix or "", beside)
    if suffix is not None:
        raise UsageError(
            "--suffix goes with ffmpeg's own arguments",
            hint="as in: --suffix .webm -- -c:v libvpx-vp9",
        )
    lacking: list[UsageError] = []
    names = presets or (DEFAULT_PRESET,)
    given = read_settings(settings)
    makers = _makers(context, names, given, lacking)
    if arguments:
        from batchff.ffmpeg.presets import extra

        if len(makers) > 1:
            raise UsageError(
                f"arguments after -- can add to one preset only, and {len(makers)} are given",
                hint="submit that preset by itself with the arguments, or write them into a preset "
                "of your own: batchff preset show --toml NAME is a start",
            )
        unknown: list[UnknownName] = []
        extra(makers[0].recipe, arguments, beside, unknown)
        makers = (replace(makers[0], words=tuple(arguments), beside=tuple(beside)),)
        lacking += unknown
    asked_of = _with_quality(context, makers, given)
    recipes = tuple(maker.recipe for maker in asked_of)
    _check_beside(recipes, beside)
    return Chosen(recipes, lacking=tuple(lacking), makers=asked_of)


def _with_quality(
    context: typer.Context, makers: Sequence[Maker], settings: dict[str, str]
) -> tuple[Maker, ...]:
    """Return makers of the quality that is asked for; raise UsageError where they have none."""
    from batchff.ffmpeg.fit import QualityMaker

    asked = context.meta.get(ASKED_QUALITY)
    if asked is None:
        return tuple(makers)
    given = [name for name in settings if name.rpartition(".")[2] == "crf"]
    if asked.metric is not None and given:
        raise UsageError(
            f"--{asked.metric} finds the CRF, and --set gives {given[0]}",
            hint="leave one out; --crf-range says from which to which CRF it may go",
        )
    return tuple(QualityMaker(maker, asked) for maker in makers)


def _check_beside(recipes: Sequence[Recipe], beside: Sequence[str]) -> None:
    """Raise UsageError for a second input that nothing reads, or one that isn't given."""
    words = [word for each in recipes for run in each.runs for word in run.arguments]
    for number, name in enumerate(beside):
        place = f"{{with:{number}}}"
        if not any(place in word or name in word for word in words):
            raise UsageError(
                f"nothing reads the {ordinal(number + 1)} file given by --with",
                hint=f"write {place} where ffmpeg is to read it, or leave out that --with",
            )
    asked = {int(found) for word in words for found in _PLACE.findall(word)}
    if asked and max(asked) >= len(beside):
        names = ", ".join(each.name for each in recipes)
        raise UsageError(
            f"{names} reads {{with:{max(asked)}}}, and --with gives {len(beside)} files",
            hint="give --with once for each; they are counted from {with:0}",
        )


def read_settings(written: Sequence[str] | None) -> dict[str, str]:
    """Return parameters' values by their names; raise UsageError for what isn't NAME=VALUE."""
    settings: dict[str, str] = {}
    for each in written or ():
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(f"--set takes NAME=VALUE, not '{each}'", hint="as in --set crf=28")
        if name.strip() in settings:
            raise UsageError(f"--set gives {name.strip()} twice", hint="leave one out")
        settings[name.strip()] = value
    return settings


def _line(
    context: typer.Context, arguments: Sequence[str], suffix: str, beside: Sequence[str]
) -> Chosen:
    from batchff.events import Warned
    from batchff.ffmpeg.fit import LineMaker
    from batchff.ffmpeg.line_recipe import line_recipe, names_format

    lacking: list[UnknownName] = []
    asked = context.meta.get(ASKED_QUALITY)
    if asked is not None:
        raise UsageError(
            "a quality or a size is asked of presets, and there is no --preset",
            hint="write the arguments into a preset of your own: batchff help presets",
        )
    recipe, line = line_recipe(arguments, suffix, beside, lacking)
    _check_beside((recipe,), beside)
    for warning in line.warnings:
        invocation_of(context).console.report(Warned(warning))
    makers = () if names_format(line) else (LineMaker(recipe, line),)
    return Chosen((recipe,), line, tuple(lacking), makers)


def _makers(
    context: typer.Context,
    names: Sequence[str],
    settings: dict[str, str],
    lacking: list[UsageError],
) -> tuple[PresetMaker, ...]:
    from batchff.events import Notice
    from batchff.ffmpeg.fit import PresetMaker
    from batchff.ffmpeg.presets import find_preset
    from batchff.ffmpeg.presets.parameters import read_settings as read_values

    found = [find_preset(name) for name in names]
    for each in found:
        lacking += each.lacking
        if each.notice:
            invocation_of(context).console.report(Notice(each.notice))
    known = [each.preset.name for each in found]
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise UsageError(f"preset {twice} is given twice", hint="leave one out")
    used: set[str] = set()
    makers = []
    for each in found:
        preset = each.preset
        own = {
            name: value for name, value in settings.items() if name.partition(".")[0] == preset.name
        }
        shared = {name: value for name, value in settings.items() if name in preset.parameters}
        used |= own.keys() | shared.keys()
        values = {**shared, **{name.partition(".")[2]: value for name, value in own.items()}}
        if len(found) == 1:
            values |= {name: value for name, value in settings.items() if name not in used}
            used |= settings.keys()
        makers.append(PresetMaker(preset, tuple(read_values(values, preset).items())))
    for name in settings:
        if name not in used:
            raise UsageError(
                f"none of the presets {', '.join(known)} has a parameter '{name}'",
                hint=f"see: batchff preset show {known[0]}",
            )
    return tuple(makers)
