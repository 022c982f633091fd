"""Counts and lists in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return a count with its noun: `1 file`, `2,000 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def some_of(names: Sequence[str], most: int, total: int | None = None) -> str:
    """Return at most so many names, and how many more there are of `total`, or of these."""
    more = (len(names) if total is None else total) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def some_clauses(clauses: Sequence[str], most: int) -> str:
    """Return at most so many clauses, with semicolons between, and how many more there are."""
    more = len(clauses) - most
    return "; ".join((*clauses[:most], *([f"and {more} more"] if more > 0 else ())))


def ordinal(number: int) -> str:
    """Return a number's place in words: `first` to `third`, then `4th`."""
    words = {1: "first", 2: "second", 3: "third"}
    return words.get(number) or f"{number}th"
