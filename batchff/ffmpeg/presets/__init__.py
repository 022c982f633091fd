"""Presets: what ffmpeg makes of each source, kept as TOML files.

    found = find_preset("h264")
    recipe = resolve(found.preset, {"crf": "28", "height": "720"})

Those that come with batchff are in `data/`. A file is read (`read`), checked by what ffmpeg knows
(`check`), and with its parameters' values it becomes a recipe (`resolve`).
"""

from __future__ import annotations

from batchff.ffmpeg.preset_files import own_folder, preset_names
from batchff.ffmpeg.presets.extra import extra
from batchff.ffmpeg.presets.find import Found, find_preset, list_found
from batchff.ffmpeg.presets.resolve import resolve

__all__ = [
    "Found",
    "extra",
    "find_preset",
    "list_found",
    "own_folder",
    "preset_names",
    "resolve",
]
