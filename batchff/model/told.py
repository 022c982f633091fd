"""What a node tells of a file that it encoded all the same, a line for each."""

from __future__ import annotations

_KEPT = "kept the source: "


def is_kept(words: str) -> bool:
    """Return whether a line says that the source is kept, as its output isn't smaller."""
    return words.startswith(_KEPT)
