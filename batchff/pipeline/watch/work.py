"""What a job is to do, told before it does it, so that a display can say how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events.jobs import WorkPlanned
from batchff.model.items import Item
from batchff.model.jobs import JobStatus, TaskWork
from batchff.pipeline.job.lookup import source_of
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import recipe_of, split_names

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_HASH = re.compile(r"-[0-9a-f]{8}$")


def planned_work(job: str, source: str, preset: str, items: Iterable[Item]) -> WorkPlanned:
    """Return what the tasks of items are to do."""
    with_tasks = [item for item in items if item.tasks]
    presets = split_names(preset)
    tasks = {
        task.id: TaskWork(
            item.relative,
            item.seconds_of(task),
            item.size,
            recipe_of(task.id, item.relative, presets),
            item.part_of(task),
        )
        for item in with_tasks
        for task in item.tasks
    }
    return WorkPlanned(
        job,
        # An input set is called by the folder, and by a hash that says nothing to people.
        _HASH.sub("", source),
        preset,
        len(with_tasks),
        sum(item.size for item in with_tasks),
        tasks,
        sum(len(item.to_make) for item in with_tasks),
        made_by={
            item.outputs[number].relative: task.id
            for item in with_tasks
            for task in item.tasks
            for number in task.makes
        },
    )


def tell_of_work(
    job: JobStatus, storage: Storage, reporter: Reporter, *, downloads: bool = False
) -> None:
    """Report what a job is to do by its plan, where that's shown: a request.

    `downloads` says whether the command downloads outputs, too.
    """
    facts = job.batchff
    if facts is None or not reporter.follows_progress:
        return
    try:
        items = fetch_plan(first_job_of(job), facts.output_container, storage)
    except NotFoundError:
        return  # it's shown by counts alone
    planned = planned_work(job.id, source_of(job) or facts.input_set, facts.preset, items)
    reporter.report(replace(planned, created=job.created, downloads=downloads))
