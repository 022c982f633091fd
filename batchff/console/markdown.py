"""Markdown on a terminal."""

from __future__ import annotations

import io
import re

_WIDEST = 100


def render_markdown(text: str, width: int, *, colours: bool) -> str:
    """Return a document as a terminal shows it, in lines of at most `width` columns.

    Links to other documents become the commands that show them.
    """
    from rich.console import Console  # slow to import
    from rich.markdown import Markdown
    from rich.theme import Theme

    text = re.sub(
        r"\[([^\]]+)\]\((?:[\w./-]*/)?([a-z-]+)\.md(?:#[^)]*)?\)", r"\1 (`batchff help \2`)", text
    )
    written = io.StringIO()
    console = Console(
        file=written,
        width=min(width, _WIDEST),
        force_terminal=colours,
        no_color=not colours,
        color_system="standard" if colours else None,
        legacy_windows=False,
        # No background of its own: that would be a bar on a light terminal.
        theme=Theme({"markdown.code": "bold", "markdown.h1": "bold", "markdown.h2": "bold"}),
    )
    console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())
