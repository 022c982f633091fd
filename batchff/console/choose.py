"""Which console a command gets: it depends on the flags and on what stderr is."""

from __future__ import annotations

import os
import sys

from batchff.console.json_lines import JsonConsole
from batchff.console.lines import Level
from batchff.console.plain import plain_console
from batchff.console.reporter import Console


def choose_console(*, json: bool = False, quiet: bool = False, verbose: bool = False) -> Console:
    """Return the console for these flags; a live one only for a terminal that can draw."""
    if json:
        return JsonConsole(sys.stdout, follows_progress=verbose)
    least = Level.IMPORTANT if quiet else Level.DETAIL if verbose else Level.NORMAL
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return plain_console(least)
    from batchff.console.live import LiveConsole  # rich's live parts are slow to import

    return LiveConsole(least)
