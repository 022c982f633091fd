from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.errors import UsageError
from batchff.model.files import BlobSource, Source
from batchff.model.items import Beside, count_items
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.names import input_blob
from batchff.pipeline.submit.planning.submission import SubmitOptions
from tests.pipeline.submissions import submission_of


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (SubmitOptions(detach=True, tidy=True), "--tidy"),
        (SubmitOptions(detach=True, fail_fast=True), "--fail-fast"),
    ],
)
def test_what_needs_somebody_who_watches_cant_be_detached(
    options: SubmitOptions, named: str
) -> None:
    with pytest.raises(UsageError, match=f"{named} works only while") as raised:
        options.refuse_contradictions()
    assert raised.value.hint == "leave it out, or leave out --detach"


def test_what_isnt_downloaded_deletes_no_input() -> None:
    with pytest.raises(UsageError, match="--tidy deletes inputs whose outputs") as raised:
        SubmitOptions(tidy=True, downloads=False).refuse_contradictions()
    assert "--out DIR" in raised.value.hint


@pytest.mark.parametrize(
    "options",
    [
        SubmitOptions(),
        SubmitOptions(downloads=False, detach=True, overwrite=True),
        SubmitOptions(tidy=True, fail_fast=True, overwrite=True),
        SubmitOptions(detach=True, keep_pool=True),
    ],
)
def test_other_options_go_together(options: SubmitOptions) -> None:
    options.refuse_contradictions()


def test_second_inputs_are_uploaded_first_and_the_largest_source_next(tmp_path: Path) -> None:
    submission = submission_of("submission", tmp_path)
    logo = Source(tmp_path / "logo.png", ".with/0/logo.png", 7, 0)
    blob = input_blob(submission.plan.input_set, logo.relative)
    first, *others = submission.items
    items = (replace(first, beside=(Beside("with-0.png", blob, 7),)), *others)
    submission = replace(submission, items=items, beside=(logo,))
    names = [file.relative for file in submission.to_upload]
    assert names == [".with/0/logo.png", "c.mov", "b.mov", "a.mov"]


def test_of_what_is_done_nothing_is_uploaded(tmp_path: Path) -> None:
    submission = submission_of("submission", tmp_path)
    first, *others = submission.items
    there = (replace(first.outputs[0], blob="earlier/media/a.mp3"),)
    done = replace(first, outputs=there, tasks=(), done=(0,))
    submission = replace(submission, items=(done, *others))
    assert [file.relative for file in submission.to_upload] == ["c.mov", "b.mov"]
    assert submission.earlier_places == ("az://batchff-output/earlier/media",)
    assert not submission.is_done
    plan = replace(submission.plan, counts=count_items((done,)))
    assert replace(submission, items=(done,), plan=plan).is_done


def test_of_media_in_storage_nothing_is_uploaded_or_carried(tmp_path: Path) -> None:
    blob = BlobSource("in/a.mov", "a.mov", 5, "etag", 0)
    found = FoundBlobs(BlobPlace("media", "in"), "in/", (blob,), {})
    submission = replace(submission_of("submission", tmp_path), found=found)
    assert (submission.to_upload, submission.to_carry) == ((), ())
