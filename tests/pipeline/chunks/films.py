"""A film that can be cut each second, and what a job would make of it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from batchff.ffmpeg.fit import PresetMaker
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.ffmpeg.presets import find_preset
from batchff.model.items import Item
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.plan import InputFile, Piece, plan_items

SPEC = PoolSpec("Standard_D2s_v5", nodes=3, spot=0, slots=4, image="auto")
JOB = "films-h264"


def make_film(path: Path, seconds: int = 6, rate: int = 25, keys: int = 25) -> Path:
    """Make a film with a sound; one picture of so many needs no other."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc=s=64x48:r={rate}:d={seconds}"]
    command += ["-f", "lavfi", "-i", f"sine=d={seconds}", "-c:v", "libx264", "-g", str(keys)]
    subprocess.run([*command, "-preset", "ultrafast", "-c:a", "aac", str(path)], check=True)
    return path


def recipe_for(film: Path, preset: str = "h264") -> Recipe:
    """Return what a preset makes of a film."""
    found = find_preset(preset).preset
    values = tuple((name, each.default) for name, each in found.parameters.items())
    with Inspectors() as inspectors:
        fitted = PresetMaker(found, values).fit(inspectors.inspect(film))  # type: ignore[arg-type]
    assert fitted.recipe is not None
    return fitted.recipe


def item_of(film: Path, recipe: Recipe, seconds: float = 6.0) -> Item:
    """Return the item of a film that isn't cut yet."""
    size = film.stat().st_size
    files = [InputFile(film.name, size, (Piece(0),), seconds=seconds)]
    (item,) = plan_items(files, input_set="films", job=JOB, recipes=(recipe,), presets=(recipe,))
    return replace(item, content=f"{size}-content")
