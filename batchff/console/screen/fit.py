"""Text that fits into a number of a terminal's cells."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len

from batchff.console.words.text import printable
from batchff.model.paths import split_suffix

_LONGEST_SUFFIX = 8
# Of a shortened name, this share of its cells is its end.
_END = 0.4


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return cell_len(text)


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """Return a text that takes at most so many cells: one that is cut ends with an ellipsis."""
    if cells(text) <= width:
        return text
    if width < cells(ellipsis):
        return ""
    return _head(text, width - cells(ellipsis)) + ellipsis


@lru_cache(maxsize=4096)
def shorten(name: str, width: int, ellipsis: str = "…") -> str:
    """Return a file's name that takes at most so many cells.

    One that is cut has an ellipsis in its middle, and keeps its suffix where there's room. It can't
    move a terminal's cursor.
    """
    name = printable(name)
    if cells(name) <= width:
        return name
    left = width - cells(ellipsis)
    suffix = split_suffix(name)[1]
    least = cells(suffix) + 1
    end = int(left * _END)
    if cells(suffix) <= _LONGEST_SUFFIX and least > end:
        end = least
    if left - end < 1:
        return clip(name, width, ellipsis)
    return _head(name, left - end) + ellipsis + _tail(name, end)


def _head(text: str, width: int) -> str:
    """Return as much of a text's beginning as fits; marks stay with their letter."""
    taken = text[:width]
    while cells(taken) > width:
        taken = taken[:-1]
    # What takes no cell belongs to the letter before it.
    end = len(taken)
    while end < len(text) and cells(text[: end + 1]) <= width:
        end += 1
    return text[:end]


def _tail(text: str, width: int) -> str:
    """Return as much of a text's end as fits, beginning with a letter and not with its mark."""
    begin = len(text)
    while begin and cells(text[begin - 1 :]) <= width:
        begin -= 1
    while begin < len(text) and cells(text[begin]) == 0:
        begin += 1
    return text[begin:]
