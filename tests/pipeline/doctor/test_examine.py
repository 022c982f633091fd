"""The order of the checks; each check has a test of its own, and tests/end_to_end runs them all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.emulator.launch import Connection
from batchff.errors import ProfileError
from batchff.model.limits import JobLimits
from batchff.pipeline.doctor.check import Examination, Status
from batchff.pipeline.doctor.examine import Access, Subject, examine
from batchff.pipeline.doctor.services import Service
from tests.pipeline.planned import SPEC
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def key() -> str:
    return "the account's key"


def subject(access: Access, tmp_path: Path) -> Subject:
    return Subject(
        access,
        lambda: SPEC,
        JobLimits,
        {"input": "examined-in", "output": "examined-out"},
        (preset_recipe("mp3"),),
        tmp_path,
        emulator=tmp_path,
        ffmpeg_container="examined-ffmpeg",
        nodes_here=True,
        now=NOW,
    )


def test_with_both_services_everything_is_checked_in_order(
    emulator: Connection, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    access = Access(
        lambda: (Service("Batch", emulator.batch_endpoint, batch.jobs.all, key, True), batch),
        lambda: (
            Service("storage", emulator.blob_endpoint, storage.containers, key, True),
            storage,
        ),
        lambda: None,
    )
    examination = Examination(Recorder())
    examine(subject(access, tmp_path), examination)
    assert [check.name for check in examination.checks] == [
        *("sign-in: Batch", "sign-in: storage", "clock", "role: Batch", "role: storage"),
        *("quota", "image", "VM size", "pool", "ffmpeg"),
        *("container: input", "container: output", "SAS"),
        *("encoders", "disk: downloads", "disk: emulator"),
    ]
    assert examination.count(Status.FAILURE) == 0


def test_without_a_service_what_depends_on_it_is_left_out(tmp_path: Path) -> None:
    def refuse() -> None:
        raise ProfileError("profile 's' has no batch_endpoint", hint="set it")

    examination = Examination(Recorder())
    examine(subject(Access(refuse, lambda: None, lambda: None), tmp_path), examination)
    found = {check.name: check for check in examination.checks}
    assert (found["sign-in: Batch"].status, found["sign-in: Batch"].advice) == (
        Status.FAILURE,
        "set it",
    )
    assert "isn't running" in found["sign-in: storage"].message
    assert found.keys().isdisjoint({"clock", "role: Batch", "image", "SAS"})
    assert {"pool", "VM size", "disk: downloads"} <= found.keys()
