"""Planned submissions of small files, and a job that they go into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.pipeline.job.make import create_job
from batchff.pipeline.sources import find_media
from batchff.pipeline.submit.planning.submission import Submission, SubmitOptions
from tests.pipeline.planned import SPEC, items_of, plan_of
from tests.pipeline.recorder import Recorder

NAMES = ("a.mov", "b.mov", "c.mov")


def submission_of(job: str, tmp_path: Path, options: SubmitOptions | None = None) -> Submission:
    """Plan a submit of three files of different sizes, which aren't media."""
    folder = tmp_path / "videos"
    folder.mkdir(exist_ok=True)
    for size, name in enumerate(NAMES, 1):
        (folder / name).write_bytes(b"x" * size)
    found = find_media([folder])
    items = items_of(job, *NAMES)
    plan = replace(plan_of(job, *NAMES), pool="no-pool")
    outputs = tmp_path / "outputs"
    return Submission(found, items, plan, SPEC, outputs, "programs", options or SubmitOptions())


def make_job_of(submission: Submission, batch: Batch, storage: Storage) -> None:
    """Make a submission's job; it has no pool, so its tasks wait."""
    create_job(submission.plan, submission.items, batch, storage, Recorder())
