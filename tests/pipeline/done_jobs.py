"""Jobs that are done, as their nodes leave them: outputs with verdicts beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from batchff.cloud.storage import Storage
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Item
from batchff.pipeline.fingerprints import content_of, verdict_of
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.job.plan_blob import send_plan
from batchff.pipeline.outputs import shown_by


def content_for(text: str, size: int = 1) -> str:
    """Return what tells a source of this size whose MD5 is that text."""
    return content_of(size, text)


def with_content(items: Iterable[Item], **contents: str) -> tuple[Item, ...]:
    """Return items with what they read: by their names without a suffix, or else by their names."""
    return tuple(
        replace(item, content=content_for(contents.get(item.relative[0], item.relative), item.size))
        for item in items
    )


def leave_done(plan: JobPlan, items: Iterable[Item], storage: Storage) -> None:
    """Leave what a job's nodes leave when all of its tasks have succeeded."""
    items = tuple(items)
    storage.ensure_container(plan.output_container, {})
    send_plan(plan.job, items, plan.output_container, storage)
    for item in items:
        for task in item.tasks:
            verdict = verdict_of(item, task, plan.recipes, plan.input_set, plan.ffmpeg, plan.job)
            stamp = BlobFacts(plan.job, made=verdict.made).metadata()
            for output in item.made_by(task):
                storage.upload_bytes(plan.output_container, shown_by(output), b"made", stamp)
            storage.upload_bytes(plan.output_container, verdict.blob, b"verdict", stamp)
