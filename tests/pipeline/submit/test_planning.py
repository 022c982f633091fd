from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InputError, PoolError, UsageError
from batchff.model.limits import JobLimits
from batchff.pipeline.job.make import list_input_set
from batchff.pipeline.names import OUTPUT_FOLDER, input_blob
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.pool.spec import pool_name
from batchff.pipeline.sources import Selection
from batchff.pipeline.submit.planning import JobRequest, plan_files, plan_job, plan_submission
from batchff.pipeline.submit.submission import SubmitOptions
from tests.pipeline.planned import RECIPES, SPEC
from tests.pipeline.recorder import Recorder
from tests.pipeline.test_sources import fill

REQUEST = JobRequest(RECIPES, JobLimits(), SPEC, "inputs", "outputs", "programs")


@pytest.mark.parametrize("option", ["job", "pool"])
def test_an_id_that_the_service_cant_take_is_refused_at_once(option: str) -> None:
    with pytest.raises(UsageError, match=f"--{option}: 'a b' can't be an id"):
        replace(REQUEST, **{option: "a b"})  # type: ignore[arg-type]


def test_the_same_files_have_the_same_job_until_one_changes(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "sub/b.mov")
    files = plan_files([folder], Selection(), REQUEST, None)
    assert files == plan_files([folder], Selection(), REQUEST, None)
    assert [item.relative for item in files.items] == ["a.mov", "sub/b.mov"]
    assert files.folder == Path(OUTPUT_FOLDER, files.job)
    named = plan_files([folder], Selection(), replace(REQUEST, job="tour"), tmp_path / "out")
    assert (named.job, named.folder, named.input_set) == ("tour", tmp_path / "out", files.input_set)

    (folder / "a.mov").write_bytes(b"longer media")
    changed = plan_files([folder], Selection(), REQUEST, None)
    assert (changed.job != files.job, changed.input_set) == (True, files.input_set)


def test_outputs_that_would_replace_their_sources_are_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path / "sounds", "a.mp3")
    with pytest.raises(InputError, match="would take the place of") as raised:
        plan_files([folder], Selection(), REQUEST, folder)
    assert raised.value.hint == "choose another folder with --out"


def test_without_a_service_a_submission_is_planned_as_if_nothing_existed(tmp_path: Path) -> None:
    files = plan_files([fill(tmp_path / "videos", "a.mov")], Selection(), REQUEST, None)
    own = plan_submission(files, REQUEST, SubmitOptions(), None, Recorder())
    assert (own.plan.job, own.plan.pool, own.pool_spec) == (files.job, files.job, SPEC)
    kept = plan_submission(files, REQUEST, SubmitOptions(keep_pool=True), None, Recorder())
    assert kept.plan.pool == pool_name(SPEC)
    named = replace(REQUEST, pool="large")
    assert plan_submission(files, named, SubmitOptions(), None, Recorder()).plan.pool == "large"


def test_a_submission_uses_a_pool_as_it_is_but_not_against_what_was_asked(
    batch: Batch, tmp_path: Path
) -> None:
    ensure_pool("plan-large", replace(SPEC, slots=2), batch, Recorder())
    files = plan_files([fill(tmp_path / "videos", "a.mov")], Selection(), REQUEST, None)
    named = replace(REQUEST, pool="plan-large")
    planned = plan_submission(files, named, SubmitOptions(), batch, Recorder())
    assert (planned.plan.pool, planned.pool_spec.slots) == ("plan-large", 2)
    asked = replace(named, asked=frozenset({"slots"}))
    with pytest.raises(PoolError, match="exists with --slots 2 instead of 4") as raised:
        plan_submission(files, asked, SubmitOptions(), batch, Recorder())
    assert raised.value.hint.endswith("or choose another with --pool")


def test_a_job_of_uploaded_files_is_planned_from_their_blobs(
    batch: Batch, storage: Storage
) -> None:
    storage.ensure_container("inputs", {})
    storage.upload_bytes("inputs", input_blob("planned", "a.mov"), b"media", {})
    blobs = list_input_set("planned", "inputs", storage)
    request = replace(REQUEST, pool="large")
    plan, items, spec = plan_job("planned", blobs, request, batch, Recorder())
    assert spec == SPEC
    assert (plan.pool, plan.counts.files, plan.input_set) == ("large", 1, "planned")
    assert [(item.relative, item.size, item.input_blob) for item in items] == [
        ("a.mov", 5, "planned/a.mov")
    ]
