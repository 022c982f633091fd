"""The characters that a screen is drawn with: each state has its own, so that none needs colour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each thing, except the ellipsis, the arrow and plus-minus."""

    full: str
    empty: str
    busy: str
    idle: str
    booting: str
    preempted: str
    broken: str
    leaving: str
    failed: str
    warned: str
    ellipsis: str
    arrow: str
    down: str
    up: str
    plus_minus: str
    between: str
    unusable: str
    levels: str
    spinner: str


UNICODE = Glyphs(
    *("━", "─", "■", "·", "▒", "x", "✗", "▫", "✗", "!", "…", "→", "↓", "↑", "±", "·", "?"),
    levels="▁▂▃▄▅▆▇█",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
)
ASCII = Glyphs(
    *("#", "-", "#", ".", "%", "x", "!", "-", "x", "!", "...", "->", "v", "^", "+-", "-", "?"),
    levels="_.-=+*#@",
    spinner="|/-\\",
)


def glyphs_for(encoding: str | None) -> Glyphs:
    """Return the characters that a stream of an encoding can write."""
    return UNICODE if (encoding or "").lower().replace("-", "").startswith("utf") else ASCII
