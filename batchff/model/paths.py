"""Paths of files as text, with `/` between their parts."""

from __future__ import annotations

from collections.abc import Iterator


def split_suffix(path: str) -> tuple[str, str]:
    """Split a path before its last suffix, which is empty for `name`, `.hidden` and `name.`."""
    start, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem.strip(".") or not suffix:
        return path, ""
    return f"{start}{slash}{stem}", dot + suffix


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders that a path is in, the nearest first."""
    while slash := path.rfind("/") + 1:
        path = path[: slash - 1]
        yield path
