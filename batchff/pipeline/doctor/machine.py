"""Check what this machine has: room for outputs, and encoders for the emulator."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from batchff.ffmpeg.encoders import asked_encoders, list_encoders
from batchff.ffmpeg.line.table import load_table
from batchff.ffmpeg.trial import bundled_ffmpeg
from batchff.model.recipes import Recipe
from batchff.pipeline.doctor.check import Check, failure, ok, warning

_GIB = 1024**3
_LITTLE = 2 * _GIB
_NEXT_TO_NOTHING = _GIB // 4


def check_encoders(recipes: Sequence[Recipe], *, emulated: bool, bundled: bool = False) -> Check:
    """Check whether the nodes' ffmpeg has what recipes ask for.

    With `bundled`, they get that one. Else it's asked of this machine's: the emulator's nodes have
    it, and others may have another.
    """
    runs = [run for recipe in recipes for run in recipe.runs]
    asked = list(dict.fromkeys(name for run in runs for name in asked_encoders(run.arguments)))
    names = " and ".join(recipe.name for recipe in recipes)
    if not asked:
        return ok("encoders", f"preset {names} names none; ffmpeg takes the usual ones")
    if bundled:
        table = load_table()
        had, where = frozenset(table.encoders), f"ffmpeg {table.version}, which the nodes get"
    else:
        program = _ffmpeg()
        try:
            had = list_encoders(program)
        except (OSError, subprocess.SubprocessError) as error:
            return warning("encoders", f"{program} doesn't run ({error})", "install ffmpeg")
        where = program if emulated else f"{program}, the nodes have another"
    missing = [encoder for encoder in asked if encoder not in had]
    if not missing:
        return ok("encoders", f"{', '.join(asked)} for preset {names} ({where})")
    message = f"no {' and no '.join(missing)}, which preset {names} asks for ({where})"
    if bundled:
        advice = "take another preset, or an ffmpeg that has it: --ffmpeg image, apt or a URL"
        return failure("encoders", message, advice)
    if emulated:
        return failure("encoders", message, "take another preset")
    return warning("encoders", message, "see that the nodes' has it, or take another preset")


def check_disk(kind: str, folder: Path) -> Check:
    """Check how much room there is where files go, and whether they can be written there."""
    name = f"disk: {kind}"
    folder = folder.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return failure(name, f"nothing can be written to {existing}", "choose another folder")
    free = shutil.disk_usage(existing).free
    message = f"{free / _GIB:.1f} GiB free for {folder}"
    if free < _NEXT_TO_NOTHING:
        return failure(name, message, "make room, or choose another folder")
    if free < _LITTLE:
        return warning(name, message, "make room, or choose another folder")
    return ok(name, message)


def _ffmpeg() -> str:
    """Return the ffmpeg that the emulator's nodes would run."""
    return str(bundled_ffmpeg() or shutil.which("ffmpeg") or "ffmpeg")
