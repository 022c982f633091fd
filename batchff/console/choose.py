"""Choose the console by the flags and by what stderr is."""

from __future__ import annotations

import os
import sys
from enum import StrEnum

from batchff.console.reporter import Console


class Progress(StrEnum):
    """How progress can be shown; `auto` is a screen on a terminal that can draw one."""

    AUTO = "auto"
    SCREEN = "screen"
    LINES = "lines"


_VARIABLE = "BATCHFF_PROGRESS"


def choose_console(
    *,
    json: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    progress: Progress | None = None,
) -> Console:
    """Return the console for these flags; a live one only for a terminal that can draw."""
    if json:
        from batchff.console.json_lines import JsonConsole

        return JsonConsole(sys.stdout, follows_progress=verbose)
    from batchff.console.words.text import Level

    least = Level.IMPORTANT if quiet else Level.DETAIL if verbose else Level.NORMAL
    if quiet or not _shows_screen(progress, verbose=verbose):
        from batchff.console.plain import plain_console

        return plain_console(least)
    from batchff.console.live import live_console  # rich's styles are slow to import

    return live_console(least)


def ring() -> None:
    """Ring the bell of the terminal, if stderr is one."""
    if sys.stderr.isatty():
        print("\a", end="", file=sys.stderr, flush=True)


def _shows_screen(progress: Progress | None, *, verbose: bool) -> bool:
    """Return whether there's a screen.

    `--verbose` has a line for every file instead. Lines are for screen readers as well: nothing is
    drawn over.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") in ("dumb", ""):
        return False
    asked = progress or os.environ.get(_VARIABLE) or Progress.AUTO
    return asked == Progress.SCREEN or (asked != Progress.LINES and not verbose)
