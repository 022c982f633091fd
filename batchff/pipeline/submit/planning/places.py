"""Check the places in storage that a job reads from and writes to, before anything is made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.items import Item
from batchff.model.states import JobState
from batchff.pipeline.cloud_media.destination import refuse_to_replace_others
from batchff.pipeline.cloud_media.given_sas import read_sas
from batchff.pipeline.job.limits import check_given_sas
from batchff.pipeline.job.lookup import facts_of
from batchff.pipeline.job.make import JobPlan, find_job


def check_places(
    plan: JobPlan,
    items: Iterable[Item],
    batch: Batch,
    storage: Storage,
    now: datetime,
    *,
    overwrite: bool = False,
) -> None:
    """Raise UsageError for a SAS that ends too early, InputError where others' blobs would go.

    A job that exists has been checked when it was made, and may have written since: only its SAS
    is checked, until it's done. Raises as `find_job` does.
    """
    is_given = plan.source is not None and bool(plan.source.endpoint)
    if plan.to is None and not is_given:
        return
    job = find_job(plan, batch)
    if plan.source is not None and is_given and (job is None or job.state != JobState.COMPLETED):
        ends = read_sas(plan.source.sas, now).ends
        if job is None:
            check_given_sas(ends, plan.limits, now)
        else:
            check_given_sas(ends, facts_of(job).limits, job.created)
    if plan.to is not None and job is None and not overwrite:
        refuse_to_replace_others(plan.job, items, plan.to, storage)
