from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.errors import UsageError
from batchff.model.files import BlobSource, Source
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.submit.submission import SubmitOptions
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
    with pytest.raises(UsageError, match=f"{named} needs somebody") as raised:
        options.refuse_contradictions()
    assert raised.value.hint == "leave it out, or leave out --detach"


def test_what_isnt_downloaded_deletes_no_input() -> None:
    with pytest.raises(UsageError, match="--tidy deletes what is downloaded") as raised:
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
    names = [file.relative for file in replace(submission, beside=(logo,)).to_upload]
    assert names == [".with/0/logo.png", "c.mov", "b.mov", "a.mov"]


def test_of_media_in_storage_nothing_is_uploaded_or_carried(tmp_path: Path) -> None:
    blob = BlobSource("in/a.mov", "a.mov", 5, "etag", 0)
    found = FoundBlobs(BlobPlace("media", "in"), "in/", (blob,), {})
    submission = replace(submission_of("submission", tmp_path), found=found)
    assert (submission.to_upload, submission.to_carry) == ((), ())
