"""`batchff pool show`: a pool's state, nodes and jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.shared import PoolArgument
from batchff.cli.words.layout import Fact, first_of, named, second
from batchff.console.reporter import CommandResult
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.pools import FormulaRun, NodeStatus, PoolSpec
    from batchff.pipeline.report.pool import PoolReport
    from batchff.results.pool.show import PoolShow

app = App()

_NODES_SHOWN = 20
_JOBS_SHOWN = 10


@app.command()
def show(context: typer.Context, pool_id: PoolArgument) -> CommandResult:
    """Show a pool: its nodes, what is wrong with them, and its jobs."""
    from batchff.pipeline.report.pool import report_pool

    report = report_pool(pool_id, invocation_of(context).batch)
    return CommandResult(_data(report), text=named(_lines(report), width=7))


def _data(report: PoolReport) -> PoolShow:
    from batchff.pipeline.pool.watch import count_states
    from batchff.results.pool.show import JobOnPool, PoolShow, ShownNode

    pool = report.pool
    facts = pool.batchff
    return PoolShow(
        pool=pool.id,
        state=pool.state,
        allocation_state=pool.allocation_state,
        batchff=facts is not None,
        made=pool.created,
        vm_size=pool.vm_size,
        slots=pool.slots,
        image=pool.image,
        specification=facts.spec if facts else None,
        nodes=pool.dedicated_nodes,
        target_nodes=pool.target_dedicated,
        spot=pool.spot_nodes,
        target_spot=pool.target_spot,
        autoscaled=pool.autoscaled,
        formula_run=pool.formula_run,
        resize_errors=pool.resize_errors,
        node_states=count_states(report.nodes),
        node_list=tuple(
            ShownNode(node, start_task_output=tuple(report.outputs.get(node.id, ())))
            for node in report.nodes
        ),
        jobs=tuple(JobOnPool(job.id, job.state) for job in report.jobs),
    )


def _lines(report: PoolReport) -> Iterator[Fact]:
    from batchff.cli.pool.list import nodes_text
    from batchff.console.words.text import printable
    from batchff.model.node_ffmpeg import ffmpeg_text
    from batchff.pipeline.pool.watch import count_states, states_text

    pool = report.pool
    ours = pool.batchff is not None
    spec = pool.batchff.spec if pool.batchff else None
    yield "pool", pool.id + ("" if ours else " (another program's)")
    yield "state", f"{pool.state}, {pool.allocation_state}"
    if pool.created:
        yield "made", second(pool.created)
    yield "size", f"{pool.vm_size}, {counted(pool.slots, 'task')} on a node at a time"
    if pool.image:
        yield "image", pool.image
    if spec is not None:
        yield "ffmpeg", ffmpeg_text(spec.ffmpeg_version, spec.ffmpeg)
        yield "spec", _spec(spec)
    states = states_text(count_states(report.nodes))
    yield "nodes", f"{nodes_text(pool)}{': ' if states else ''}{states}"
    if pool.formula_run is not None:
        yield "formula", _formula(pool.formula_run)
        if pool.formula_run.gave_up:
            yield (
                "",
                "it removed its nodes: tasks waited on them and none ran; it starts them again",
            )
            yield "", "when the same is submitted again, or with: batchff pool resize"
    elif not pool.autoscaled:
        yield "formula", "none: it keeps its nodes, with or without tasks"
    for error in pool.resize_errors:
        yield "refused", printable(error)
    for node in report.nodes[:_NODES_SHOWN]:
        yield from _node_lines(node, report.outputs.get(node.id, ()))
    if len(report.nodes) > _NODES_SHOWN:
        yield "", f"and {len(report.nodes) - _NODES_SHOWN} more nodes: see --json"
    names = [f"{job.id} ({job.state})" for job in report.jobs]
    yield from first_of("jobs", names or ["none"], _JOBS_SHOWN)


def _spec(spec: PoolSpec) -> str:
    kinds = [f"{spec.nodes} dedicated"] if spec.nodes else []
    kinds += [f"{spec.spot} Spot"] if spec.spot else []
    most = f", {spec.most_nodes} at most" if spec.max_nodes else ""
    stand_ins = ", no dedicated ones for lacking Spot nodes" * (spec.spot > 0 and not spec.fallback)
    return f"{', '.join(kinds)}{most} while there is work{stand_ins}"


def _formula(run: FormulaRun) -> str:
    from batchff.console.words.text import printable

    if run.error:
        return f"{second(run.time)}: failed: {printable(run.error)}"
    counts = [("dedicated", run.nodes), ("Spot", run.spot)]
    known = ", ".join(f"{count} {kind}" for kind, count in counts if count is not None)
    return f"{second(run.time)}: {known or 'no counts'}"


def _node_lines(node: NodeStatus, output: tuple[str, ...]) -> Iterator[Fact]:
    from batchff.console.words.text import printable
    from batchff.pipeline.pool.watch import node_problem

    tasks = f", {counted(node.running_tasks, 'task')}" if node.running_tasks else ""
    yield "node", f"{node.id}{' (Spot)' if node.spot else ''}: {node.state}{tasks}"
    if problem := node_problem(node):
        yield "", f"  {printable(problem)}"
    for line in output:
        yield "", f"    {printable(line)}"
