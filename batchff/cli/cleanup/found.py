"""What a cleanup found, as data and in words: pools first, as they cost by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.cli.words.money import price_hint
from batchff.console.words.text import printable, size
from batchff.model.states import JobState, PoolState
from batchff.profile import Prices, Profile, prices_of
from batchff.results.cleanup import (
    Cleanup,
    Found,
    FoundBlobs,
    FoundContainer,
    FoundJob,
    FoundPool,
)
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.pools import PoolStatus
    from batchff.pipeline.cleanup import scope


def found_data(in_scope: scope.Found, prices: Prices) -> Cleanup:
    """Return what a cleanup has found, with the hourly cost of pools."""
    pools = [_pool(pool, prices) for pool in in_scope.pools]
    blobs = [
        FoundBlobs(name=found.name, blobs=found.count, bytes=found.bytes, needed=found.still_needed)
        for found in in_scope.blobs
    ]
    return Cleanup(
        found=(
            *pools,
            *(FoundJob(name=job.id, state=job.state) for job in in_scope.jobs),
            *blobs,
            *(FoundContainer(name=container.name) for container in in_scope.containers),
        ),
        nodes=sum(pool.nodes for pool in pools),
        blobs=sum(found.blobs for found in blobs),
        bytes=sum(found.bytes for found in blobs),
        hourly=_sum([pool.hourly for pool in pools]),
        currency=prices.currency,
        missing_prices=tuple(key for pool in in_scope.pools for key in _missing(pool, prices)),
        removed=False,
    )


def found_text(found: Cleanup, profile: Profile) -> str:
    """Return what a cleanup has found, in words."""
    prices = prices_of(profile)
    lines = [
        f"{row.what:<9}  {printable(row.name)}" + (f"  ({note})" if note else "")
        for row in found.found
        for note in (_note(row, prices),)
    ]
    if any(isinstance(row, FoundPool | FoundBlobs) for row in found.found):
        lines.append(f"{'total':<9}  {_total_text(found, prices)}")
    if found.missing_prices:
        hint = price_hint(profile, found.missing_prices)
        lines.append(f"{'prices':<9}  not known; {hint}")
    return "\n".join(lines) or "nothing to remove"


def _pool(pool: PoolStatus, prices: Prices) -> FoundPool:
    return FoundPool(
        name=pool.id,
        state=pool.state,
        vm_size=pool.vm_size,
        nodes=pool.current_nodes,
        spot_nodes=pool.spot_nodes,
        target_nodes=pool.target_nodes,
        hourly=prices.cost(pool.vm_size, dedicated=pool.dedicated_nodes, spot=pool.spot_nodes),
    )


def _missing(pool: PoolStatus, prices: Prices) -> Sequence[str]:
    return prices.missing(pool.vm_size, dedicated=pool.dedicated_nodes, spot=pool.spot_nodes)


def _sum(costs: Sequence[float | None]) -> float | None:
    """Return the sum; None where one of the costs isn't known."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _total_text(found: Cleanup, prices: Prices) -> str:
    nodes = counted(found.nodes, "node")
    if not found.nodes:
        text = "no nodes, so nothing costs by the hour"
    elif prices.free:
        text = f"{nodes} on this machine, which cost nothing"
    elif found.hourly is None:
        text = f"{nodes}, which cost by the hour"
    else:
        text = f"{nodes}: {prices.text(found.hourly)} an hour"
    if found.blobs:
        text += f"; {counted(found.blobs, 'blob')}, {size(found.bytes)}"
    return text


def _note(row: Found, prices: Prices) -> str:
    """Return the note in brackets behind a name."""
    match row:
        case FoundPool():
            return _pool_note(row, prices)
        case FoundJob(state=JobState.COMPLETED):
            return ""
        case FoundJob(state=JobState.DELETING):
            return "already being deleted"
        case FoundJob():
            return f"still {row.state}"
        case FoundBlobs():
            stay = f"; {row.needed:,} stay: other jobs have them too" if row.needed else ""
            return f"{counted(row.blobs, 'blob')}, {size(row.bytes)}{stay}"
        case FoundContainer():
            return ""


def _pool_note(pool: FoundPool, prices: Prices) -> str:
    nodes = counted(pool.nodes, "node")
    if pool.target_nodes != pool.nodes:
        nodes += f" on the way to {pool.target_nodes}"
    notes = [nodes, "already being deleted" if pool.state == PoolState.DELETING else ""]
    if not pool.nodes:
        notes.append("costs nothing now")
    elif pool.hourly is not None and not prices.free:
        notes.append(f"{pool.vm_size}, {prices.text(pool.hourly)} an hour")
    else:
        notes.append(pool.vm_size)
    return ", ".join(note for note in notes if note)
