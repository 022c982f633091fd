"""An estimate in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from batchff.console.words.text import files, size
from batchff.model.duration import duration_text
from batchff.model.estimates import Spread
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.estimates import Estimate
    from batchff.profile import Prices


def estimate_lines(found: Estimate, *, here: bool) -> Iterator[tuple[str, str]]:
    """Yield what an estimate says, by name; `here` says that nodes are this machine's."""
    if found.bytes is None:
        yield "estimate", f"not known: {found.reason}"
        return
    pieces = counted(found.pieces, "piece")
    tried = f"{found.tried:,} of {files(found.files)}" if found.tried < found.files else ""
    by = f"by {pieces} of {tried or files(found.files)}, encoded here"
    yield "estimate", f"outputs of {_spread(found.bytes, _size)}; {by}"
    if found.seconds is None or found.node_hours is None:
        yield "time", "not known: the VM size doesn't say how many cores it has"
        return
    yield (
        "time",
        f"{_spread(found.seconds, _time)} of encoding; {_spread(found.node_hours, _hours)} of nodes"
        + ("" if here or found.is_measured else "; how fast these nodes are, no job has shown yet"),
    )


def likely_cost(found: Estimate | None, prices: Prices) -> str:
    """Return what a submit likely costs; empty where that isn't known."""
    if found is None or found.amount is None or prices.free:
        return ""

    def money(amount: float) -> str:
        return prices.text(amount) if amount >= 0.01 else f"under 0.01 {prices.currency}".rstrip()

    return f"likely {_spread(found.amount, money)}"


def _spread(found: Spread, text: Callable[[float], str]) -> str:
    low, likely, high = (text(each) for each in (found.low, found.likely, found.high))
    if low == high:
        return likely if likely.startswith("under ") else f"about {likely}"
    return f"about {likely} ({low} to {high})"


def _size(count: float) -> str:
    return size(round(count))


def _time(seconds: float) -> str:
    # Minutes are enough for hours.
    rounded = round(seconds / 60) * 60 if seconds >= 3600 else max(round(seconds), 1)
    return duration_text(timedelta(seconds=rounded))


def _hours(hours: float) -> str:
    if hours < 0.01:
        return "under 0.01 h"
    return f"{hours:.1f} h" if hours >= 10 else f"{hours:.2f} h"
