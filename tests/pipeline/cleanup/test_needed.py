from __future__ import annotations

from dataclasses import replace

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.pipeline.cleanup.needed import Needed, find_needed
from batchff.pipeline.fingerprints import verdict_of
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import create_job
from batchff.pipeline.job.plan_blob import plan_blob
from batchff.pipeline.names import media_prefix
from batchff.pipeline.submit.planning.contents import contents_as_planned
from batchff.pipeline.submit.planning.settle import settle
from tests.pipeline.done_jobs import leave_done, with_content
from tests.pipeline.planned import items_of, plan_of
from tests.pipeline.recorder import Recorder


def test_a_job_needs_what_earlier_ones_made_of_its_files_and_what_tells_of_it(
    batch: Batch, storage: Storage
) -> None:
    first = replace(plan_of("needed-first", "a.mov", "b.mov"), input_set="needed", ffmpeg="9")
    made = with_content(items_of("needed-first", "a.mov", "b.mov"))
    leave_done(first, made, storage)
    plan = replace(plan_of("needed-next", "a.mov", pool="none"), input_set="needed", ffmpeg="9")
    items = with_content(items_of("needed-next", "a.mov", "c.mov"))
    found = settle(plan, items, contents_as_planned, batch, storage)
    create_job(found.plan, found.items, batch, storage, Recorder())

    needed = find_needed([require_job("needed-next", batch)], [], storage)

    kept, other = (
        verdict_of(item, item.tasks[0], first.recipes, "needed", "9", "needed-first").blob
        for item in made
    )
    assert needed.has(f"{media_prefix('needed-first')}a.mp3")
    assert needed.has(plan_blob("needed-first"))
    assert needed.has(kept)
    assert not needed.has(f"{media_prefix('needed-first')}b.mp3")
    assert not needed.has("needed-first/logs/a/stderr.txt")
    assert not needed.has(f"{media_prefix('needed-next')}a.mp3")
    assert not needed.has(other)
    assert find_needed([], [require_job("needed-next", batch)], storage).going_on == {"needed-next"}


def test_nothing_is_needed_by_jobs_that_made_all_themselves(batch: Batch, storage: Storage) -> None:
    plan = plan_of("needed-alone", "a.mov", pool="none")
    create_job(plan, items_of("needed-alone", "a.mov"), batch, storage, Recorder())
    needed = find_needed([require_job("needed-alone", batch)], [], storage)
    assert (needed.tasks, needed.folders, needed.going_on) == (
        Needed().tasks,
        Needed().folders,
        Needed().going_on,
    )
