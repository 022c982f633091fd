from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import TransferError
from batchff.events import Warned
from batchff.events.download import DownloadEnded, DownloadStarted
from batchff.model.items import Item
from batchff.model.places import BlobPlace
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.submit.fetcher import Fetcher
from batchff.pipeline.submit.planning.submission import Submission, SubmitOptions
from tests.pipeline.recorder import Recorder
from tests.pipeline.submissions import submission_of


def encoded(submission: Submission, storage: Storage) -> tuple[Item, ...]:
    """Put the inputs and outputs of all items where they belong."""
    plan = submission.plan
    for container in (plan.input_container, plan.output_container):
        storage.ensure_container(container, {})
    for item in submission.items:
        storage.upload_bytes(plan.input_container, item.input_blob, b"media", {})
        for output in item.outputs:
            storage.upload_bytes(plan.output_container, output.blob, b"encoded", {})
    return submission.items


def test_outputs_are_downloaded_once_and_found_unchanged_after_that(
    storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("fetcher", tmp_path)
    items = encoded(submission, storage)
    for unchanged in (0, 3):
        recorder = Recorder()
        with Fetcher(submission, storage, recorder) as fetcher:
            fetcher.list_existing()
            fetcher.start()
            for item in items:
                fetcher.fetch(item, item.outputs)
            assert fetcher.finish() == 3
        assert recorder.of(DownloadStarted) == [DownloadStarted(3, None)]
        assert recorder.of(DownloadEnded) == [DownloadEnded(3, unchanged)]
    outputs = sorted(path.name for path in (tmp_path / "outputs").iterdir())
    assert outputs == ["a.mp3", "b.mp3", "c.mp3"]


def test_outputs_at_a_place_that_the_user_named_are_downloaded_from_there(
    storage: Storage, tmp_path: Path
) -> None:
    planned = submission_of("fetcher-placed", tmp_path)
    to = BlobPlace("fetcher-results", "x")
    items = plan_items(
        [InputFile(item.relative, item.size) for item in planned.items],
        input_set="fetcher-placed",
        job="fetcher-placed",
        recipes=planned.plan.recipes,
        write_below=to.below,
    )
    submission = replace(planned, items=items, plan=replace(planned.plan, to=to))
    storage.ensure_container(to.container, {})
    for item in items:
        storage.upload_bytes(to.container, item.outputs[0].blob, b"encoded", {})
    with Fetcher(submission, storage, Recorder()) as fetcher:
        fetcher.list_existing()
        for item in items:
            fetcher.fetch(item, item.outputs)
        assert fetcher.finish() == 3
    assert (tmp_path / "outputs" / "a.mp3").read_bytes() == b"encoded"


def test_a_tidy_one_deletes_an_input_after_its_last_output(
    storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("fetcher-tidy", tmp_path, SubmitOptions(tidy=True))
    items = encoded(submission, storage)
    with Fetcher(submission, storage, Recorder()) as fetcher:
        fetcher.fetch(items[0], items[0].outputs)
        fetcher.finish()
    left = storage.list_blobs(submission.plan.input_container, "fetcher-tidy/")
    assert [blob.name for blob in left] == ["fetcher-tidy/b.mov", "fetcher-tidy/c.mov"]


def test_an_output_that_cant_be_had_doesnt_stop_the_others(
    storage: Storage, tmp_path: Path
) -> None:
    submission = submission_of("fetcher-lost", tmp_path)
    items = encoded(submission, storage)
    storage.delete_blob(submission.plan.output_container, items[1].outputs[0].blob)
    recorder = Recorder()
    with Fetcher(submission, storage, recorder) as fetcher:
        for item in items:
            fetcher.fetch(item, item.outputs)
        with pytest.raises(TransferError, match="1 of 3 outputs aren't downloaded") as raised:
            fetcher.finish()
    assert raised.value.hint == "get what is missing with: batchff download fetcher-lost"
    assert len(recorder.of(Warned)) == 1
    assert len(list((tmp_path / "outputs").glob("*.mp3"))) == 2
