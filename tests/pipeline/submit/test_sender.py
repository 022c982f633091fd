from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import TransferError
from batchff.events.jobs import FileNotEncoded
from batchff.events.upload import FileUploaded, UploadStarted
from batchff.model.files import BlobSource
from batchff.model.places import BlobPlace
from batchff.pipeline.beside import find_beside
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.job.feed import TaskFeed
from batchff.pipeline.job.lookup import facts_of, require_job
from batchff.pipeline.job.make import list_input_set
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.sources import FoundMedia
from batchff.pipeline.submit.planning.submission import Submission, SubmitOptions
from batchff.pipeline.submit.sender import Sender
from tests.pipeline.recorder import Recorder
from tests.pipeline.submissions import make_job_of, submission_of


def send(
    submission: Submission,
    batch: Batch,
    storage: Storage,
    recorder: Recorder,
    done: tuple[str, ...] = (),
) -> None:
    feed = TaskFeed(submission.plan, batch, storage, recorder)
    with feed, Sender(submission, feed, done, batch, storage, recorder) as sender:
        sender.wait()


def test_each_file_is_sent_and_gets_its_task_and_the_job_then_ends_with_them(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("sender-all", tmp_path)
    make_job_of(submission, batch, storage)
    recorder = Recorder()
    send(submission, batch, storage, recorder)
    assert {event.file for event in recorder.of(FileUploaded)} == {"a.mov", "b.mov", "c.mov"}
    names = {task.name for task in batch.tasks.all("sender-all")}
    assert names == {"a.mov", "b.mov", "c.mov"}
    assert require_job("sender-all", batch).ends_after_tasks


def test_a_file_whose_tasks_have_succeeded_isnt_sent(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("sender-rest", tmp_path)
    make_job_of(submission, batch, storage)
    recorder = Recorder()
    send(submission, batch, storage, recorder, done=(submission.items[0].tasks[0].id,))
    assert {event.file for event in recorder.of(FileUploaded)} == {"b.mov", "c.mov"}


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_file_that_cant_be_sent_leaves_the_job_open_unless_the_first_failure_ends_it(
    fail_fast: bool, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    job = f"sender-lost-{fail_fast}"
    submission = submission_of(job, tmp_path, SubmitOptions(fail_fast=fail_fast))
    make_job_of(submission, batch, storage)
    (tmp_path / "videos" / "c.mov").unlink()
    with pytest.raises(TransferError, match=r"1 of 3 files were not uploaded: can't read 'c.mov'"):
        send(submission, batch, storage, Recorder())
    status = require_job(job, batch)
    assert not status.ends_after_tasks
    assert (status.state == "active") is not fail_fast


def test_a_task_is_added_only_when_its_second_inputs_are_there_too(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    job = "sender-beside"
    plain = submission_of(job, tmp_path)
    for name in ("a.srt", "b.srt", "c.srt", "all.png"):
        (tmp_path / "videos" / name).write_bytes(b"beside")
    assert isinstance(plain.found, FoundMedia)
    beside = find_beside(["{stem}.srt", str(tmp_path / "videos/all.png")], plain.found.sources)
    items = tuple(replace(item, beside=beside.of(item.relative, job)) for item in plain.items)
    submission = replace(plain, items=items, beside=beside.files)
    make_job_of(submission, batch, storage)
    (tmp_path / "videos" / "b.srt").unlink()

    with pytest.raises(TransferError, match="1 of 7 files were not uploaded"):
        send(submission, batch, storage, Recorder())

    assert {task.name for task in batch.tasks.all(job)} == {"a.mov", "c.mov"}
    sent = {blob.name for blob in storage.list_blobs("batchff-input", f"{job}/")}
    assert f"{job}/.with/0/a.srt" in sent
    assert f"{job}/.with/1/all.png" in sent
    # No source of a later job is among them.
    left = {blob.name for blob in list_input_set(job, "batchff-input", storage)}
    assert left == {"a.mov", "b.mov", "c.mov"}


def test_media_in_storage_gets_its_tasks_and_nothing_is_sent(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    local = submission_of("sender-stored", tmp_path)
    place = BlobPlace("sender-media", "in")
    blobs = tuple(
        BlobSource(f"in/{source.relative}", source.relative, source.size, "etag", 0)
        for source in local.found.sources
    )
    plan = replace(local.plan, source=place, input_set="", input_container="")
    items = tuple(replace(item, input_blob=f"in/{item.relative}") for item in local.items)
    found = FoundBlobs(place, "in/", blobs, {})
    submission = replace(local, found=found, items=items, plan=plan)
    make_job_of(submission, batch, storage)
    recorder = Recorder()
    send(submission, batch, storage, recorder, done=(submission.items[0].tasks[0].id,))
    assert not recorder.of(UploadStarted) and not recorder.of(FileUploaded)
    assert {task.name for task in batch.tasks.all("sender-stored")} == {"b.mov", "c.mov"}
    assert require_job("sender-stored", batch).ends_after_tasks
    assert storage.container("sender-media") is None


def test_of_a_file_that_changes_nothing_is_made_and_the_job_knows_it(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("sender-growing", tmp_path)
    make_job_of(submission, batch, storage)
    (tmp_path / "videos" / "b.mov").write_bytes(b"longer than it was")
    recorder = Recorder()
    feed = TaskFeed(submission.plan, batch, storage, recorder)
    with feed, Sender(submission, feed, (), batch, storage, recorder) as sender:
        sender.wait()
        items = sender.items

    reason = "it changed while it was sent: it may still be growing"
    assert recorder.of(FileNotEncoded) == [FileNotEncoded("b.mov", reason)]
    assert {task.name for task in batch.tasks.all("sender-growing")} == {"a.mov", "c.mov"}
    job = require_job("sender-growing", batch)
    assert (job.ends_after_tasks, feed.is_short) == (True, False)
    facts = facts_of(job)
    assert (facts.files, facts.tasks, facts.outputs, facts.not_encoded) == (2, 2, 2, 1)
    assert [item.not_encoded for item in items] == ["", reason, ""]
    assert fetch_plan("sender-growing", "batchff-output", storage) == items


def test_a_second_input_that_changes_takes_all_its_sources_with_it(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"logo")
    submission = submission_of("sender-logo", tmp_path)
    assert isinstance(submission.found, FoundMedia)
    beside = find_beside((str(logo),), submission.found.sources)
    items = tuple(
        replace(item, beside=beside.of(item.relative, submission.plan.input_set))
        for item in submission.items
    )
    submission = replace(submission, items=items, beside=beside.files)
    make_job_of(submission, batch, storage)
    logo.write_bytes(b"another logo")
    recorder = Recorder()
    send(submission, batch, storage, recorder)
    assert {event.file for event in recorder.of(FileNotEncoded)} == {"a.mov", "b.mov", "c.mov"}
    assert recorder.of(FileNotEncoded)[0].reason.startswith("its second input: it changed")
    assert batch.tasks.counts("sender-logo").total == 0
