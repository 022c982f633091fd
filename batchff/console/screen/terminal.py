"""Write frames to a terminal: on its other screen, so that what was on it comes back at the end.

A frame is written at once, and only its rows that changed. Each piece is put at its own column:
where a terminal takes a character for wider than it's taken for here, the next piece doesn't move.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.color import ColorSystem
from rich.style import Style

from batchff.console.screen.line import Line, Look, Piece

_OPEN = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # the other screen, no cursor, no wrapping
_CLOSE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_CLEAR = "\x1b[2J"
_CLEAR_LINE, _CLEAR_REST = "\x1b[2K", "\x1b[K"
# Terminals that don't know them ignore these.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_PLAIN = Style()
_COLOURS = {Look.DONE: "green", Look.MOVING: "yellow", Look.FAILED: "red"}


def styles(*, colour: bool) -> dict[Look, Style]:
    """Return how each look is shown."""
    shown = {Look.FAINT: Style(dim=True), Look.STRONG: Style(bold=True)}
    if colour:
        shown |= {look: Style(color=name) for look, name in _COLOURS.items()}
    return shown


class Canvas:
    """The terminal's other screen while it's open."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._styles = styles(colour=not environ.get("NO_COLOR"))
        self._tab = _Tab(environ)
        self._rows: list[Line] = []
        self._size = (0, 0)
        self.is_open = False

    def open(self) -> None:
        """Change to the other screen; the next frame is drawn as a whole."""
        if not self.is_open:
            self.is_open = True
            self._size = (0, 0)
            self._write(_OPEN)

    def show(self, lines: Sequence[Line], width: int, height: int, percent: int | None) -> None:
        """Show a frame; the terminal's tab shows the percent, None while there's no number."""
        text = self._tab.show(percent)
        before: Sequence[Line | None] = self._rows
        if self._size != (width, height):
            text += _CLEAR
            before = [None] * height
        rows = [*lines[:height], *[()] * (height - len(lines))]
        for number, (row, old) in enumerate(zip(rows, before, strict=True)):
            if row != old and not (old is None and not row):
                text += f"\x1b[{number + 1};1H{self._line(row, width)}"
        self._rows, self._size = rows, (width, height)
        if text:
            self._write(f"{_BEGIN}{text}{_END}")

    def redraw(self) -> None:
        """Have the next frame drawn as a whole."""
        self._size = (0, 0)

    def close(self) -> None:
        """Change back, with what was there before."""
        if self.is_open:
            self.is_open = False
            self._write(f"{_CLEAR}{_CLOSE}{self._tab.clear()}")

    def _line(self, line: Line, width: int) -> str:
        is_sure = all(_has_sure_width(piece) for piece in line)
        text, at = ("" if is_sure else _CLEAR_LINE), 0
        for piece in line:
            if not is_sure:
                text += f"\x1b[{piece.column + 1}G"
            elif piece.column > at:
                text += " " * (piece.column - at)
            style = self._styles.get(piece.look, _PLAIN)
            # What the terminal has no character for must not take more cells than it would.
            shown = piece.text.encode(self._encoding, "replace").decode(self._encoding)
            text += style.render(shown, color_system=ColorSystem.STANDARD)
            at = piece.end
        # After a write to the last column, the cursor is still in that column.
        return text + (_CLEAR_REST if is_sure and at < width else "")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class _Tab:
    """The progress in a terminal's tab or taskbar: OSC 9;4, which others ignore."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # An older iTerm2 takes it for a message to show; one that knows it says so by a P.
        is_old = environ.get("TERM_PROGRAM") == "iTerm.app"
        self._is_known = not is_old or "P" in environ.get("TERM_PROGRAM_FEATURES", "")
        self._shown = ""

    def show(self, percent: int | None) -> str:
        """Return what shows the percent, if it doesn't yet."""
        wanted = "\x1b]9;4;3\x07" if percent is None else f"\x1b]9;4;1;{percent}\x07"
        if not self._is_known or wanted == self._shown:
            return ""
        self._shown = wanted
        return wanted

    def clear(self) -> str:
        """Return what removes it."""
        shown, self._shown = self._shown, ""
        return "\x1b]9;4;0\x07" if shown else ""


def _has_sure_width(piece: Piece) -> bool:
    """Return whether all terminals agree on how many cells a piece takes."""
    return all(character < "\u0300" or "\u2000" <= character < "\u2900" for character in piece.text)
