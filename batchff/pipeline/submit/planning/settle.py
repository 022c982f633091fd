"""Settle which job a submit is, and what it makes: all that earlier jobs haven't made.

The same files and arguments give the same id. A job of that id that goes on is continued as it was
planned. One that has ended is downloaded again; only where its outputs are gone, or all is asked
for again, another job is made, whose id has a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.items import Item, count_items
from batchff.model.jobs import JobStatus
from batchff.model.states import JobState
from batchff.pipeline.job.lookup import facts_of
from batchff.pipeline.job.make import JobPlan, existing_plan, find_job
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.names import again_name, media_prefix
from batchff.pipeline.submit.planning.done import (
    Contents,
    Earlier,
    Why,
    all_again,
    find_earlier,
    without_made,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """A job's plan and its items, and what earlier jobs made of them.

    A job that `exists` already goes on as it was planned then.
    """

    plan: JobPlan
    items: tuple[Item, ...]
    earlier: Earlier = Earlier()
    exists: bool = False


def settle(
    plan: JobPlan,
    items: tuple[Item, ...],
    contents: Contents,
    batch: Batch,
    storage: Storage,
    *,
    again: bool = False,
) -> Settled:
    """Return the job that a submit makes or goes on with; its own id is the plan's, or numbered.

    With `again`, nothing counts as made before. Outputs at a place that the user named aren't
    looked for. Raises as `find_job` does.
    """
    last, following = _existing(plan, batch)
    earlier = None
    if last is not None:
        as_it_was = _goes_on_again(last) if again else last.state != JobState.COMPLETED
        if not (as_it_was or again):
            earlier = _earlier(plan, items, contents, storage)
            as_it_was = Why.GONE not in earlier.reasons.values()
        if as_it_was:
            return _as_it_was(last, plan, items, storage)
    if again:
        earlier = all_again(items)
    elif earlier is None:
        earlier = _earlier(plan, items, contents, storage)
    items = without_made(_in_folder(items, plan, following), earlier)
    return Settled(replace(plan, job=following, counts=count_items(items)), items, earlier)


def _earlier(plan: JobPlan, items: Iterable[Item], contents: Contents, storage: Storage) -> Earlier:
    if plan.to is not None:
        return Earlier(reasons={task.id: Why.NEW for item in items for task in item.tasks})
    return find_earlier(items, plan, contents, storage)


def _existing(plan: JobPlan, batch: Batch) -> tuple[JobStatus | None, str]:
    """Return the last job of this plan, if there is one, and the id of the next."""
    last, number, name = None, 0, plan.job
    while (found := find_job(replace(plan, job=name), batch)) is not None:
        last, number = found, number + 1
        name = again_name(plan.job, number)
    return last, name


def _goes_on_again(job: JobStatus) -> bool:
    """Return whether a job is making all of its files, so that `again` continues it."""
    return job.state != JobState.COMPLETED and not facts_of(job).done_outputs


def _as_it_was(job: JobStatus, plan: JobPlan, items: tuple[Item, ...], storage: Storage) -> Settled:
    """Return a job's plan as it was made: what is done is other than it was then."""
    facts = facts_of(job)
    if facts.done_outputs or facts.tasks != plan.counts.tasks:
        stored = existing_plan(job, facts, storage)
        items = fetch_plan(job.id, facts.output_container, storage)
        as_stored = replace(plan, job=job.id, recipes=stored.recipes, counts=stored.counts)
        return Settled(as_stored, items, exists=True)
    return Settled(replace(plan, job=job.id), _in_folder(items, plan, job.id), exists=True)


def _in_folder(items: tuple[Item, ...], plan: JobPlan, job: str) -> tuple[Item, ...]:
    """Return items whose outputs go to another job's folder than they were planned for."""
    if plan.to is not None or job == plan.job:
        return items
    old, new = media_prefix(plan.job), media_prefix(job)
    return tuple(
        replace(
            item,
            outputs=tuple(
                replace(output, blob=new + output.blob.removeprefix(old)) for output in item.outputs
            ),
        )
        for item in items
    )
