"""Paths of files as text, with `/` between their parts."""

from __future__ import annotations


def split_suffix(path: str) -> tuple[str, str]:
    """Split a path before its last suffix, which is empty for `name`, `.hidden` and `name.`."""
    start, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem.strip(".") or not suffix:
        return path, ""
    return f"{start}{slash}{stem}", dot + suffix
