"""`batchff preset`: what `--preset` takes, and presets of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_preset
from batchff.cli.invocation import invocation_of
from batchff.cli.options.recipes import Settings, read_settings
from batchff.console.reporter import CommandResult
from batchff.errors import BatchffError, UsageError

if TYPE_CHECKING:
    from batchff.ffmpeg.presets import Found
    from batchff.ffmpeg.presets.model import Preset
    from batchff.model.recipes import Recipe
    from batchff.results.preset import Makes, PresetSummary

_OWN = """
What --preset takes, and presets of one's own.

A preset of your own is a file in the folder that 'batchff preset path' prints; 'batchff preset
show h264 --toml' prints one to begin with. The shortest ones change
a preset of ours:

\b
    description = "Small H.264 for previews"
    based_on = "h264"
    set = { crf = 30, height = 360 }

A complete one names its outputs, the streams that they take, and ffmpeg's arguments:

\b
    description = "H.264 with the sound as it is"
    [parameters.crf]
    type = "integer"   # or number, choice, duration, text
    default = 23
    least = 0
    most = 51
    help = "lower is better and larger"
    [[outputs]]
    file = "film.mkv"  # or: folder, writes, suffixes
    streams = { video = "film", audio = "all" }
    promise = { duration = true, frames = true }
    video_filters = ["yadif=deint=interlaced"]
    arguments = ["-c:v libx264 -crf {crf}", "-c:a copy"]

'batchff preset check FILE' names the line of a mistake, and tries the preset on a test picture.
"""

app = App(name="preset", help=_OWN, no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context) -> CommandResult:
    """List the presets: those that come with batchff, and your own."""
    from batchff.events import Warned
    from batchff.ffmpeg.presets import list_found
    from batchff.ffmpeg.presets.errors import PresetError
    from batchff.results.preset import PresetList

    found = []
    for each in list_found():
        if isinstance(each, PresetError):
            invocation_of(context).console.report(Warned(each.message))
        else:
            found.append(each)
    width = max(len(each.preset.name) for each in found)
    return CommandResult(
        PresetList(tuple(_summary(each) for each in found)),
        text="\n".join(
            f"{each.preset.name:<{width}}  {each.preset.description}"
            + (" [your own]" if each.file else "")
            for each in found
        ),
    )


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="PRESET",
            help="A name, or the path of a file.",
            autocompletion=complete_preset,
            show_default=False,
        ),
    ],
    settings: Settings = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print its file: a start for one of your own.")
    ] = False,
) -> CommandResult:
    """Show what a preset makes and promises, and its commands.

    The parameters' values are filled in. INPUT is the source.
    """
    from batchff.events import Notice
    from batchff.ffmpeg.presets import find_preset, resolve
    from batchff.results.preset import PresetShow

    found = find_preset(name)
    if found.notice:
        invocation_of(context).console.report(Notice(found.notice))
    preset = found.preset
    recipe = resolve(preset, read_settings(settings))
    data = PresetShow(_summary(found), _makes(recipe), preset.file_text)
    text = preset.file_text.rstrip("\n") if toml else "\n".join(_shown(preset, recipe))
    return CommandResult(data, text=text)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The preset's file.", show_default=False),
    ],
    settings: Settings = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            metavar="FILE",
            help="The file for {with:0} in it; given again, for {with:1}.",
            show_default=False,
        ),
    ] = None,
    no_try: Annotated[bool, typer.Option("--no-try", help="Only read it; run no ffmpeg.")] = False,
) -> CommandResult:
    """Check a preset of your own, and try it on a test picture.

    An error names the line and the key. The test clip has two seconds of picture and sound. It's
    encoded on this machine, with imageio-ffmpeg's ffmpeg, in 20 seconds at most. The result is
    thrown away.
    """
    from batchff.events import Warned
    from batchff.ffmpeg.presets import resolve
    from batchff.ffmpeg.presets.check import check_preset
    from batchff.ffmpeg.presets.find import read_file
    from batchff.ffmpeg.trial import try_recipe
    from batchff.results.preset import PresetCheck

    preset = read_file(file)
    for warning in check_preset(preset):
        invocation_of(context).console.report(Warned(warning))
    recipe = resolve(preset, read_settings(settings))
    files = _files(beside or ())
    if not no_try:
        try:
            try_recipe(recipe, _nodes_ffmpeg(), files)
        except UsageError as error:
            raise UsageError(f"{file}: {error.message}", hint=error.hint) from error
    made = ", ".join(output.node_name for output in recipe.outputs)
    tried = "nothing was tried" if no_try else f"tried on a test picture, it made {made}"
    return CommandResult(
        PresetCheck(str(file), preset.name, tried=not no_try, makes=_makes(recipe)),
        text=f"{file} is right; {tried}",
    )


@app.command()
def path() -> CommandResult:
    """Say where your own presets are: files NAME.toml."""
    from batchff.ffmpeg.presets import own_folder
    from batchff.results.preset import PresetPath

    folder = str(own_folder())
    return CommandResult(PresetPath(folder), text=folder)


def _files(files: Sequence[Path]) -> Sequence[Path]:
    for file in files:
        if not file.is_file():
            raise UsageError(f"--with {file} is no file", hint="check the path")
    return files


def _nodes_ffmpeg() -> Path:
    from batchff.ffmpeg.trial import bundled_ffmpeg

    ffmpeg = bundled_ffmpeg()
    if ffmpeg is None:
        raise BatchffError(
            "imageio-ffmpeg has no ffmpeg for this machine",
            hint="check it without trying it: --no-try",
        )
    return ffmpeg


def _summary(found: Found) -> PresetSummary:
    from batchff.results.preset import PresetParameter, PresetSummary

    preset = found.preset
    return PresetSummary(
        preset.name,
        preset.description,
        preset.plays,
        str(found.file) if found.file else None,
        tuple(
            PresetParameter(
                each.name,
                each.kind.value,
                each.default,
                each.help,
                each.least,
                each.most,
                each.choices,
            )
            for each in preset.parameters.values()
        ),
    )


def _makes(recipe: Recipe) -> Makes:
    from batchff.results.preset import Makes

    return Makes(recipe.outputs, recipe.runs, recipe.folders)


def _shown(preset: Preset, recipe: Recipe) -> Iterator[str]:
    from batchff.ffmpeg.presets import describe

    yield preset.description
    if preset.plays:
        yield f"plays: {preset.plays}"
    yield "makes:"
    for output in recipe.outputs:
        promised = describe.promise_text(output.promise)
        yield f"  {describe.output_text(output)}: {promised}"
    if preset.parameters:
        yield "parameters, as in --set NAME=VALUE:"
        defaults = {
            name: describe.default_text(parameter) for name, parameter in preset.parameters.items()
        }
        name_width = max(map(len, defaults))
        width = max(map(len, defaults.values()))
        for name, parameter in preset.parameters.items():
            said = describe.parameter_text(parameter)
            yield f"  {name:<{name_width}}  {defaults[name]:<{width}}  {said}"
    yield "runs:"
    yield from (f"  {line}" for line in describe.shell_lines(recipe))
