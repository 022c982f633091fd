"""`batchff preset`: what `--preset` takes."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import Annotated

import typer

from batchff.cli.options.shared import complete_preset
from batchff.console.reporter import CommandResult
from batchff.ffmpeg.presets import list_presets, load_preset

app = typer.Typer(name="preset", help="What --preset takes.", no_args_is_help=True)


@app.command("list")
def list_() -> CommandResult:
    """List the presets."""
    presets = list_presets()
    width = max(len(preset.name) for preset in presets)
    return CommandResult(
        "preset list",
        {"presets": [asdict(preset) for preset in presets]},
        text="\n".join(f"{preset.name:<{width}}  {preset.description}" for preset in presets),
    )


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="PRESET", autocompletion=complete_preset, show_default=False)
    ],
) -> CommandResult:
    """Show what a preset asks of ffmpeg."""
    preset = load_preset(name)
    arguments = shlex.join(preset.arguments)
    return CommandResult(
        "preset show",
        asdict(preset),
        text=f"{preset.description}\nsuffix: {preset.suffix}\nffmpeg arguments: {arguments}",
    )
