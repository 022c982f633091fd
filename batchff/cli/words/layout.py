"""How commands lay out what people read: columns, facts with their names, times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

Fact = tuple[str, str]
"""A name and its value; a value that continues the one above has an empty name."""


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as lines, with columns as wide as needed."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def named(facts: Iterable[Fact], width: int) -> str:
    """Return facts as lines, their names in a column of this width."""
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in facts)


def first_of(
    name: str, values: Sequence[str], most: int, total: int | None = None
) -> Iterator[Fact]:
    """Yield at most `most` values under one name, and then how many more of `total` there are."""
    for index, value in enumerate(values[:most]):
        yield "" if index else name, value
    more = (len(values) if total is None else total) - most
    if more > 0:
        yield "", f"and {more} more"


def minute(moment: datetime) -> str:
    """Return a time to the minute."""
    return f"{moment:%Y-%m-%d %H:%M}Z"


def second(moment: datetime) -> str:
    """Return a time to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
