"""Choose the console by the flags and by what stderr is."""

from __future__ import annotations

import os
import sys

from batchff.console.reporter import Console


def choose_console(*, json: bool = False, quiet: bool = False, verbose: bool = False) -> Console:
    """Return the console for these flags; a live one only for a terminal that can draw."""
    if json:
        from batchff.console.json_lines import JsonConsole

        return JsonConsole(sys.stdout, follows_progress=verbose)
    from batchff.console.text import Level

    least = Level.IMPORTANT if quiet else Level.DETAIL if verbose else Level.NORMAL
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        from batchff.console.plain import plain_console

        return plain_console(least)
    from batchff.console.live import LiveConsole  # rich's live parts are slow to import

    return LiveConsole(least)
