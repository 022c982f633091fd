from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.pipeline.submit.submission import SubmitOptions


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
