"""What a node found out of a source and its outputs: `proof.txt`, a fact a line."""

from __future__ import annotations

import re

_HOLDS = re.compile(r"^source holds (\d+(?:\.\d+)?) s\b", re.MULTILINE)


def source_seconds(proof: str) -> float | None:
    """Return how long the source is, as its node measured it; None where it doesn't say."""
    found = _HOLDS.search(proof)
    return float(found[1]) if found else None
