"""`batchff pool show`: what is known of a pool."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchff.cli.invocation import invocation_of
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from batchff.model import FormulaRun, NodeStatus, PoolSpec
    from batchff.pipeline.pool_report import PoolReport

PoolArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The pool's id.", show_default=False)
]

_NODES_SHOWN = 20
_JOBS_SHOWN = 10


def show(context: typer.Context, pool_id: PoolArgument) -> CommandResult:
    """Show a pool: its nodes, what is wrong with them, and its jobs."""
    from batchff.pipeline.pool_report import report_pool

    report = report_pool(pool_id, invocation_of(context).batch)
    return CommandResult(
        "pool show",
        _facts(report),
        text="\n".join(f"{name:<7}  {value}".rstrip() for name, value in _lines(report)),
    )


def _facts(report: PoolReport) -> dict[str, Any]:
    from dataclasses import asdict

    from batchff.pipeline.pool_spec import stamped_spec
    from batchff.pipeline.pool_watch import count_states
    from batchff.pipeline.stamp import is_ours

    pool = report.pool
    spec = stamped_spec(pool.metadata) if is_ours(pool.metadata) else None
    run = pool.formula_run
    return {
        "pool": pool.id,
        "state": pool.state,
        "allocation_state": pool.allocation_state,
        "batchff": is_ours(pool.metadata),
        "made": _iso(pool.created),
        "vm_size": pool.vm_size,
        "slots": pool.slots,
        "image": pool.image,
        "specification": None
        if spec is None
        else {name: value for name, value in asdict(spec).items() if value != ""},
        "nodes": pool.current_nodes - pool.spot_nodes,
        "target_nodes": pool.target_nodes - pool.target_spot,
        "spot": pool.spot_nodes,
        "target_spot": pool.target_spot,
        "autoscaled": pool.autoscaled,
        "formula_run": None if run is None else {**asdict(run), "time": run.time.isoformat()},
        "resize_errors": list(pool.resize_errors),
        "node_states": count_states(report.nodes),
        "node_list": [
            {
                **asdict(node),
                "since": _iso(node.since),
                "start_task_output": list(report.outputs.get(node.id, ())),
            }
            for node in report.nodes
        ],
        "jobs": [{"job": job.id, "state": job.state} for job in report.jobs],
    }


def _lines(report: PoolReport) -> Iterator[tuple[str, str]]:
    """Yield the lines for people: each a name and what's to be said of it."""
    from batchff.cli.pool_list import nodes_text
    from batchff.console.lines import printable
    from batchff.pipeline.pool_spec import stamped_spec
    from batchff.pipeline.pool_watch import count_states, states_text
    from batchff.pipeline.stamp import is_ours

    pool = report.pool
    ours = is_ours(pool.metadata)
    spec = stamped_spec(pool.metadata) if ours else None
    yield "pool", pool.id + ("" if ours else " (not batchff's)")
    yield "state", f"{pool.state}, {pool.allocation_state}"
    if pool.created:
        yield "made", _time(pool.created)
    slots = "1 task" if pool.slots == 1 else f"{pool.slots} tasks"
    yield "size", f"{pool.vm_size}, {slots} on a node at a time"
    if pool.image:
        yield "image", pool.image
    if spec is not None:
        yield "asked", _asked(spec)
    states = states_text(count_states(report.nodes))
    yield "nodes", f"{nodes_text(pool)}{': ' if states else ''}{states}"
    if pool.formula_run is not None:
        yield "formula", _formula(pool.formula_run)
    elif not pool.autoscaled:
        yield "formula", "none: it keeps its nodes, with or without tasks"
    for error in pool.resize_errors:
        yield "refused", printable(error)
    for node in report.nodes[:_NODES_SHOWN]:
        yield from _node_lines(node, report.outputs.get(node.id, ()))
    if len(report.nodes) > _NODES_SHOWN:
        yield "", f"and {len(report.nodes) - _NODES_SHOWN} more nodes: see --json"
    names = [f"{job.id} ({job.state})" for job in report.jobs]
    for index, name in enumerate(names[:_JOBS_SHOWN]):
        yield "" if index else "jobs", name
    if not names:
        yield "jobs", "none"
    elif len(names) > _JOBS_SHOWN:
        yield "", f"and {len(names) - _JOBS_SHOWN} more"


def _asked(spec: PoolSpec) -> str:
    kinds = [f"{spec.nodes} dedicated"] if spec.nodes else []
    kinds += [f"{spec.spot} Spot"] if spec.spot else []
    most = f", {spec.most_nodes} at most" if spec.max_nodes else ""
    stand_ins = ", no dedicated ones for lacking Spot nodes" * (spec.spot > 0 and not spec.fallback)
    return f"{', '.join(kinds)}{most} while there is work{stand_ins}"


def _formula(run: FormulaRun) -> str:
    from batchff.console.lines import printable

    if run.error:
        return f"{_time(run.time)}: failed: {printable(run.error)}"
    counts = [("dedicated", run.nodes), ("Spot", run.spot)]
    told = ", ".join(f"{count} {kind}" for kind, count in counts if count is not None)
    return f"{_time(run.time)}: {told or 'no counts'}"


def _node_lines(node: NodeStatus, output: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    from batchff.console.lines import printable
    from batchff.pipeline.pool_watch import node_problem

    count = node.running_tasks
    tasks = f", {count} task{'s' * (count != 1)}" if count else ""
    yield "node", f"{node.id}{' (Spot)' if node.spot else ''}: {node.state}{tasks}"
    if problem := node_problem(node):
        yield "", f"  {printable(problem)}"
    for line in output:
        yield "", f"    {printable(line)}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
