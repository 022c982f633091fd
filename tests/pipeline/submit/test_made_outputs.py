from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import TransferError
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Output
from batchff.model.places import BlobPlace
from batchff.pipeline.submit.made_outputs import require_outputs
from tests.pipeline.submissions import submission_of


def test_outputs_that_are_gone_are_told(storage: Storage, tmp_path: Path) -> None:
    submission = submission_of("made-gone", tmp_path)
    container = submission.plan.output_container
    storage.ensure_container(container, {})
    for item in submission.items:
        for output in item.outputs:
            storage.upload_bytes(container, output.blob, b"made", {})
    require_outputs(submission, 3, storage)
    storage.delete_blob(container, submission.items[0].outputs[0].blob)
    # A file whose task failed has none.
    require_outputs(submission, 2, storage)
    with pytest.raises(TransferError, match="1 output of 3 that job made-gone made is gone from"):
        require_outputs(submission, 3, storage)


def test_at_a_shared_place_another_jobs_outputs_arent_its_own(
    storage: Storage, tmp_path: Path
) -> None:
    plain = submission_of("made-shared", tmp_path)
    to = BlobPlace("made-shared-results", "x")
    outputs = (Output("a.mp3", "x/a.mp3"), Output("film", "x/film", is_folder=True))
    items = (replace(plain.items[0], outputs=outputs), *plain.items[1:2])
    items = (items[0], replace(items[1], outputs=()))
    submission = replace(plain, items=items, plan=replace(plain.plan, to=to))
    storage.ensure_container(to.container, {})
    own = BlobFacts("made-shared", is_output=True).metadata()
    for name in ("x/a.mp3", "x/film.manifest"):
        storage.upload_bytes(to.container, name, b"made", own)
    require_outputs(submission, 2, storage)
    other = BlobFacts("another", is_output=True).metadata()
    storage.upload_bytes(to.container, "x/a.mp3", b"made", other)
    with pytest.raises(TransferError, match="1 output of 2 .* from az://made-shared-results/x, or"):
        require_outputs(submission, 2, storage)
