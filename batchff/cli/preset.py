"""`batchff preset`: what `--preset` takes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.options.shared import complete_preset
from batchff.console.reporter import CommandResult
from batchff.ffmpeg.presets import list_presets, load_preset

if TYPE_CHECKING:
    from batchff.ffmpeg.presets import Preset
    from batchff.results import preset as results

app = typer.Typer(name="preset", help="What --preset takes.", no_args_is_help=True)


@app.command("list")
def list_() -> CommandResult:
    """List the presets."""
    from batchff.results.preset import PresetList

    presets = list_presets()
    width = max(len(preset.name) for preset in presets)
    return CommandResult(
        PresetList(tuple(_data(preset) for preset in presets)),
        text="\n".join(f"{preset.name:<{width}}  {preset.description}" for preset in presets),
    )


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="PRESET", autocompletion=complete_preset, show_default=False)
    ],
) -> CommandResult:
    """Show what a preset asks of ffmpeg."""
    from batchff.results.preset import PresetShow

    preset = load_preset(name)
    arguments = shlex.join(preset.arguments)
    return CommandResult(
        PresetShow(_data(preset)),
        text=f"{preset.description}\nsuffix: {preset.suffix}\nffmpeg arguments: {arguments}",
    )


def _data(preset: Preset) -> results.Preset:
    from batchff.results import preset as results

    return results.Preset(
        name=preset.name,
        description=preset.description,
        suffix=preset.suffix,
        arguments=preset.arguments,
    )
