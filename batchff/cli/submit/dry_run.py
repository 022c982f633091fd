"""`batchff submit --dry-run`: what it would do and the most it could cost, in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from batchff.cli.words.confirm import confirmed
from batchff.cli.words.money import price_hint
from batchff.console.reporter import CommandResult
from batchff.console.text import files, left_out_text, printable, size
from batchff.model.duration import duration_text
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cloud.batch import Batch
    from batchff.cloud.storage import Storage
    from batchff.model.pools import PoolSpec, PoolStatus
    from batchff.pipeline.submit.estimate import CostBound, Existing, ToSend
    from batchff.pipeline.submit.submission import Submission
    from batchff.profile import Prices, Profile


def dry_run_result(
    submission: Submission, batch: Batch | None, storage: Storage | None, invocation: Invocation
) -> CommandResult:
    """Return what a submit would do; without services, in an account that has nothing in it.

    It only reads. Raises what the submit would for names that are taken.
    """
    from batchff.pipeline.submit.estimate import (
        Existing,
        ToSend,
        bound_cost,
        find_existing,
        find_unsent,
    )

    plan, spec, found = submission.plan, submission.pool_spec, submission.found
    prices, profile = invocation.prices, invocation.profile
    existing = find_existing(plan, batch) if batch else Existing()
    everything = ToSend(len(found.sources), found.bytes)
    to_send = find_unsent(found, plan, storage) if storage else everything
    bound = bound_cost(plan, spec, existing, prices)
    pool = _pool(spec, existing.other_pool)
    data: dict[str, Any] = {
        "job": plan.job,
        "job_state": existing.job.state if existing.job else "",
        "input_set": plan.input_set,
        "files": len(found.sources),
        "bytes": found.bytes,
        "left_out": dict(found.left_out),
        "upload": asdict(to_send),
        "tasks": plan.counts.tasks,
        "outputs": plan.counts.outputs,
        "tasks_standing": existing.tasks,
        "pool": {"id": plan.pool, "state": existing.pool.state if existing.pool else "", **pool},
        "limits": {
            "job_seconds": plan.limits.worst_case.total_seconds(),
            "queue_seconds": plan.limits.queue_time.total_seconds(),
            "task_seconds": plan.limits.task_timeout.total_seconds(),
            "tries": plan.limits.retries + 1,
        },
        "cost": {
            "currency": prices.currency,
            "node_hour": prices.cost(pool["vm_size"], dedicated=1),
            "spot_node_hour": prices.cost(pool["vm_size"], spot=1),
            "hourly": bound.hourly,
            "hours": None if bound.longest is None else bound.longest / timedelta(hours=1),
            "most": bound.most,
            "missing_prices": list(bound.missing_prices),
        },
        "submitted": False,
    }
    rows = {
        "files": f"{len(found.sources):,}, {size(found.bytes)}{left_out_text(found.left_out)}",
        "upload": _upload(to_send, len(found.sources)),
        "job": f"{plan.job} ({_job(existing)}): {_tasks(plan.counts.tasks, existing)}",
        "limits": f"{duration_text(plan.limits.task_timeout)} for an attempt at a file and "
        f"{plan.limits.retries + 1} of them; the job ends after "
        f"{duration_text(plan.limits.worst_case)} at the latest",
        "pool": f"{plan.pool} ({'reused' if existing.pool else 'new'}): {_nodes(pool)}",
        "cost": cost_text(bound, prices, profile),
    }
    lines = [f"{name:<8} {printable(text)}" for name, text in rows.items()]
    return CommandResult("submit", data, text="\n".join([*lines, "nothing was sent or made"]))


def is_affordable(submission: Submission, batch: Batch, invocation: Invocation) -> bool:
    """Ask, where a submit could cost more than the profile's `prices.ask_above`, or nobody knows.

    Raises UsageError where there is no terminal to ask on.
    """
    prices = invocation.prices
    if prices.ask_above is None or prices.free:
        return True
    from batchff.pipeline.submit.estimate import bound_cost, find_existing

    plan = submission.plan
    bound = bound_cost(plan, submission.pool_spec, find_existing(plan, batch), prices)
    if bound.most is not None and bound.most <= prices.ask_above:
        return True
    cost = cost_text(bound, prices, invocation.profile)
    return confirmed(
        "Submit it?", f"cost: {cost}", f"this could cost more than {prices.text(prices.ask_above)}"
    )


def cost_text(bound: CostBound, prices: Prices, profile: Profile) -> str:
    """Say the most that a submit can cost, and what is meant by that."""
    if prices.free:
        return "none: it runs on this machine"
    if bound.most == 0 and not bound.longest:
        return "none: the job was done before"
    if bound.hourly is None:
        return f"not known: {price_hint(profile, bound.missing_prices)}"
    rate = f"{prices.text(bound.hourly)} an hour with all nodes"
    if bound.longest is None or bound.most is None:
        return f"{rate}, with or without this job: the pool doesn't go to no nodes by itself"
    return (
        f"at most {prices.text(bound.most)}: {rate}, for {duration_text(bound.longest)} if every "
        "task took as long as it may; nodes go when the work is done, so it's less as a rule"
    )


def _upload(to_send: ToSend, of: int) -> str:
    unchanged = of - to_send.files
    if not to_send.files:
        return f"nothing: {files(unchanged)} unchanged"
    return f"{files(to_send.files)}, {size(to_send.bytes)}" + (
        f"; {unchanged:,} unchanged" if unchanged else ""
    )


def _job(existing: Existing) -> str:
    if existing.is_done:
        return "done before"
    return "goes on" if existing.job else "new"


def _tasks(count: int, existing: Existing) -> str:
    return counted(count, "task") + (
        f", {existing.tasks:,} of them stand" if existing.tasks else ""
    )


def _pool(spec: PoolSpec, other: PoolStatus | None) -> dict[str, Any]:
    """The nodes that the pool may have, or those that somebody else's has."""
    if other is None:
        return {
            "vm_size": spec.vm_size,
            "nodes": spec.nodes,
            "spot": spec.spot,
            "max_nodes": spec.most_nodes,
            "slots": spec.slots,
            "scales_to_zero": True,
        }
    return {
        "vm_size": other.vm_size,
        "nodes": other.dedicated_nodes,
        "spot": other.spot_nodes,
        "max_nodes": other.current_nodes,
        "slots": other.slots,
        "scales_to_zero": False,
    }


def _nodes(pool: Mapping[str, Any]) -> str:
    kinds = [
        counted(count, f"{kind} node")
        for count, kind in ((pool["nodes"], "dedicated"), (pool["spot"], "Spot"))
        if count
    ]
    most = pool["max_nodes"]
    limit = f", {most} at most" if most != pool["nodes"] + pool["spot"] else ""
    nodes = " and ".join(kinds) or "no nodes now"
    return f"{pool['vm_size']}, {nodes}{limit}, {counted(pool['slots'], 'task')} on each at a time"
