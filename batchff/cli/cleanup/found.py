"""What batchff has in an account, as `cleanup` shows it: what costs by the hour comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchff.cli.words.money import price_hint
from batchff.console.text import printable, size
from batchff.profile import Prices, Profile, prices_of
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.jobs import JobStatus
    from batchff.model.pools import PoolStatus
    from batchff.pipeline.cleanup.blobs import BlobSet
    from batchff.pipeline.cleanup.scope import Leftovers

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The same facts for people and for scripts."""

    text: str
    data: Mapping[str, Any]


def inventory(leftovers: Leftovers, profile: Profile) -> Inventory:
    """Return what a cleanup has found, pools with what they cost an hour."""
    prices = prices_of(profile)
    rows = [
        *(_pool(pool, prices) for pool in leftovers.pools),
        *(_job(job) for job in leftovers.jobs),
        *(_blobs(blobs) for blobs in leftovers.blobs),
        *({"what": "container", "name": info.name, "blobs": 0} for info in leftovers.containers),
    ]
    total = _total(rows)
    missing = [key for pool in leftovers.pools for key in _missing(pool, prices)]
    lines = [
        f"{row['what']:<9}  {printable(row['name'])}" + (f"  ({note})" if note else "")
        for row in rows
        for note in (_note(row, prices),)
    ]
    if leftovers.pools or leftovers.blobs:
        lines.append(f"{'total':<9}  {_total_text(total, prices)}")
    if missing:
        lines.append(f"{'prices':<9}  not known; {price_hint(profile, missing)}")
    data = {"found": rows, **total, "currency": prices.currency, "missing_prices": missing}
    return Inventory("\n".join(lines) or "nothing to remove", data)


def _pool(pool: PoolStatus, prices: Prices) -> Row:
    return {
        "what": "pool",
        "name": pool.id,
        "blobs": 0,
        "state": pool.state,
        "vm_size": pool.vm_size,
        "nodes": pool.current_nodes,
        "spot_nodes": pool.spot_nodes,
        "target_nodes": pool.target_nodes,
        "hourly": prices.cost(pool.vm_size, **_nodes(pool)),
    }


def _nodes(pool: PoolStatus) -> dict[str, int]:
    return {"dedicated": pool.dedicated_nodes, "spot": pool.spot_nodes}


def _missing(pool: PoolStatus, prices: Prices) -> Sequence[str]:
    return prices.missing(pool.vm_size, **_nodes(pool))


def _job(job: JobStatus) -> Row:
    return {"what": "job", "name": job.id, "blobs": 0, "state": job.state}


def _blobs(blobs: BlobSet) -> Row:
    return {"what": "blobs", "name": blobs.name, "blobs": blobs.count, "bytes": blobs.bytes}


def _total(rows: Sequence[Row]) -> dict[str, Any]:
    hourly = [row["hourly"] for row in rows if row["what"] == "pool"]
    return {
        "nodes": sum(row.get("nodes", 0) for row in rows),
        "blobs": sum(row["blobs"] for row in rows),
        "bytes": sum(row.get("bytes", 0) for row in rows),
        "hourly": None if None in hourly else sum(hourly),
    }


def _total_text(total: Mapping[str, Any], prices: Prices) -> str:
    if not total["nodes"]:
        text = "no nodes, so nothing costs by the hour"
    elif prices.free:
        text = f"{counted(total['nodes'], 'node')} on this machine, which cost nothing"
    elif total["hourly"] is None:
        text = f"{counted(total['nodes'], 'node')}, which cost by the hour"
    else:
        text = f"{counted(total['nodes'], 'node')}: {prices.text(total['hourly'])} an hour"
    if total["blobs"]:
        text += f"; {counted(total['blobs'], 'blob')}, {size(total['bytes'])}"
    return text


def _note(row: Row, prices: Prices) -> str:
    """Say what matters of a thing, in brackets behind its name."""
    if row["what"] == "job":
        states = {"completed": "", "deleting": "already being deleted"}
        return states.get(row["state"], f"still {row['state']}")
    if row["what"] == "blobs":
        return f"{counted(row['blobs'], 'blob')}, {size(row['bytes'])}"
    if row["what"] == "container":
        return ""
    nodes = counted(row["nodes"], "node")
    if row["target_nodes"] != row["nodes"]:
        nodes += f" on the way to {row['target_nodes']}"
    notes = [nodes, "already being deleted" if row["state"] == "deleting" else ""]
    if not row["nodes"]:
        notes.append("costs nothing now")
    elif row["hourly"] is not None and not prices.free:
        notes.append(f"{row['vm_size']}, {prices.text(row['hourly'])} an hour")
    else:
        notes.append(row["vm_size"])
    return ", ".join(note for note in notes if note)
