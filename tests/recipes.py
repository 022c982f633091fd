"""Recipes as commands make them: of presets, and of lines."""

from __future__ import annotations

from collections.abc import Sequence

from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.presets import find_preset, resolve
from batchff.model.recipes import Recipe, RecipeOutput, Run


def preset_recipe(name: str = "mp3", **settings: str) -> Recipe:
    """Return what a preset makes with these parameters."""
    return resolve(find_preset(name).preset, settings)


def custom_recipe(words: str, suffix: str = "") -> Recipe:
    """Return what a line of plain words makes."""
    return line_recipe(words.split(), suffix)[0]


def one_run(arguments: Sequence[str], suffix: str) -> Recipe:
    """Return what one run of ffmpeg makes with these arguments, whatever they are.

    The source comes first where they don't say where it goes; the output is `output<suffix>`.
    """
    source = () if "{input}" in arguments else ("-i", "{input}")
    made = f"output{suffix}"
    return Recipe("custom", (Run((*source, *arguments, made)),), (RecipeOutput(made, suffix),))


def mp3_recipe() -> Recipe:
    """Return what makes `output.mp3` of a source's sound."""
    return one_run(["-vn", "-c:a", "libmp3lame", "-q:a", "2"], ".mp3")
