"""A line of the screen: pieces of text, each at a fixed column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from batchff.console.screen.fit import cells, clip
from batchff.console.screen.glyphs import Glyphs


class Look(Enum):
    """What a piece of text means; a terminal shows it by colour, too."""

    PLAIN = auto()
    FAINT = auto()
    STRONG = auto()
    DONE = auto()
    MOVING = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that begins at a column, counted from 0, and takes so many cells."""

    column: int
    text: str
    look: Look = Look.PLAIN

    @property
    def end(self) -> int:
        """The column after it."""
        return self.column + cells(self.text)


Line = tuple[Piece, ...]


class LineBuilder:
    """Puts pieces into a line of a width: none is wider than its place, or leaves the line."""

    def __init__(self, width: int, glyphs: Glyphs) -> None:
        self._width = width
        self._glyphs = glyphs
        self._pieces: list[Piece] = []

    @property
    def end(self) -> int:
        """The column after the last piece."""
        return self._pieces[-1].end if self._pieces else 0

    def put(
        self, column: int, text: str, look: Look = Look.PLAIN, *, width: int | None = None
    ) -> LineBuilder:
        """Put a text at a column, cut to its width, or to the end of the line."""
        room = self._width - column if width is None else min(width, self._width - column)
        text = clip(text, max(room, 0), self._glyphs.ellipsis)
        if text:
            self._pieces.append(Piece(column, text, look))
        return self

    def put_right(
        self, end: int, text: str, look: Look = Look.PLAIN, *, width: int | None = None
    ) -> LineBuilder:
        """Put a text so that it ends before a column, in a place of a width."""
        text = clip(text, end if width is None else width, self._glyphs.ellipsis)
        return self.put(max(end - cells(text), 0), text, look)

    def bar(
        self, column: int, width: int, fraction: float, *, is_moving: bool = True
    ) -> LineBuilder:
        """Put a bar: its full part differs from the rest in its character, too."""
        width = min(width, self._width - column)
        if width <= 0:
            return self
        full = width if fraction >= 1 else min(int(fraction * width + 0.5), width - 1)
        is_done = fraction >= 1 and not is_moving
        if full:
            look = Look.DONE if is_done else Look.MOVING
            self._pieces.append(Piece(column, self._glyphs.full * full, look))
        if full < width:
            rest = self._glyphs.empty * (width - full)
            self._pieces.append(Piece(column + full, rest, Look.FAINT))
        return self

    def line(self) -> Line:
        """Return the line."""
        return tuple(self._pieces)


def line_text(line: Line) -> str:
    """Return a line's text without its looks."""
    text = ""
    for piece in line:
        text += " " * (piece.column - cells(text)) + piece.text
    return text
