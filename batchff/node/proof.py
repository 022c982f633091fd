"""What a node found out of a source and its outputs: `proof.txt`, a fact a line."""

from __future__ import annotations

import re

from batchff.model.measured import KeptSource, MeasuredQuality

_QUALITY = re.compile(r"^quality (.*)$", re.MULTILINE)
_KEPT = re.compile(r"^kept source=(\d+) output=(\d+)$", re.MULTILINE)
_HOLDS = re.compile(r"^source holds (\d+(?:\.\d+)?) s\b", re.MULTILINE)


def source_seconds(proof: str) -> float | None:
    """Return how long the source is, as its node measured it; None where it doesn't say."""
    found = _HOLDS.search(proof)
    return float(found[1]) if found else None


def measured_quality(proof: str) -> MeasuredQuality | None:
    """Return which quality a node measured of its output; None where none was asked for."""
    found = _QUALITY.search(proof)
    if found is None:
        return None
    of = dict(word.split("=", 1) for word in found[1].split(" ") if "=" in word)
    least, _, most = of["crf"].partition("-")

    def number(key: str) -> float | None:
        return float(of[key]) if key in of else None

    at = number("worst_at")
    return MeasuredQuality(
        metric=of["metric"],
        model=of.get("model", ""),
        target=float(of["target"]),
        mean=number("mean"),
        p5=number("p5"),
        worst_second=number("worst"),
        worst_second_at=None if at is None else int(at),
        least_crf=float(least),
        most_crf=float(most or least),
        probes=int(of.get("probes", 0)),
        encodes=int(of.get("encodes", 0)),
        chunks=int(of.get("chunks", 1)),
        end=of["end"],
    )


def kept_source(proof: str) -> KeptSource | None:
    """Return the sizes where a node kept the source; None where it made an output."""
    found = _KEPT.search(proof)
    return KeptSource(int(found[1]), int(found[2])) if found else None
