"""Text that a file says of itself, made short and harmless."""

from __future__ import annotations

LONGEST = 200


def clean(text: str | None) -> str:
    """Return text without control characters, and not too much of it."""
    if not text:
        return ""
    return "".join(each for each in text[: 4 * LONGEST] if each.isprintable())[:LONGEST].strip()
