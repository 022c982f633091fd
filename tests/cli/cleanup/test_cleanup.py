from __future__ import annotations

import os
from pathlib import Path

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import BlobServiceClient

from batchff.emulator.launch import Connection
from tests.commands import Batchff
from tests.foreign import make_job, make_pool


@pytest.fixture
def blobs(account: Connection) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(account.storage_connection_string)


@pytest.fixture(autouse=True)
def _prices(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_PRICES_STANDARD_D4S_V5", "0.25")
    monkeypatch.setenv("BATCHFF_PRICES_CURRENCY", "EUR")


def test_without_a_terminal_it_asks_for_yes(batchff: Batchff, one_clip: Path) -> None:
    batchff("upload", one_clip)

    ran = batchff("cleanup", "--all")

    assert ran.code == 2
    assert "--yes" in ran.err
    assert "blobs" in batchff("cleanup", "--all", "--dry-run").out


def test_a_dry_run_only_shows(batchff: Batchff, one_clip: Path) -> None:
    batchff("submit", one_clip, "--job", "dry", "--keep-pool")

    first = batchff("cleanup", "dry", "--pool", "--inputs", "--outputs", "--dry-run")
    second = batchff("cleanup", "dry", "--pool", "--inputs", "--outputs", "--dry-run")

    assert first.code == 0
    assert first.out == second.out
    kinds = [line.split()[0] for line in first.out.splitlines()]
    assert kinds == ["pool", "job", "blobs", "blobs", "blobs", "total"]  # the verdicts are apart


def test_outputs_stay_unless_asked_for(batchff: Batchff, one_clip: Path) -> None:
    batchff("submit", one_clip, "--job", "kept")

    batchff("cleanup", "kept", "--yes")
    later = batchff("cleanup", "kept", "--outputs", "--dry-run")

    assert later.code == 0
    assert "/kept/" in later.out  # the output, its logs, and what the nodes were sent


def test_what_is_not_batchffs_stays(
    batchff: Batchff, one_clip: Path, service: BatchClient, blobs: BlobServiceClient
) -> None:
    service.create_job(
        models.BatchJobCreateOptions(id="theirs", pool_info=models.BatchPoolInfo(pool_id="p"))
    )
    batchff("submit", one_clip, "--job", "ours")
    container = blobs.get_container_client(os.environ["BATCHFF_INPUT_CONTAINER"])
    container.upload_blob("precious/file.mp4", b"theirs")

    assert batchff("cleanup", "--all", "--yes").code == 0

    assert service.get_job("theirs").id == "theirs"
    assert [blob.name for blob in container.list_blobs()] == ["precious/file.mp4"]
    outputs = blobs.get_container_client(os.environ["BATCHFF_OUTPUT_CONTAINER"])
    assert not outputs.exists()  # batchff made it, and nothing else was in it
    ran = batchff("cleanup", "theirs", "--yes")
    assert ran.code == 1
    assert "wasn't made by batchff" in ran.err


def test_a_running_job_is_spared_unless_it_is_named(
    batchff: Batchff, one_clip: Path, service: BatchClient
) -> None:
    batchff("upload", one_clip, "--to", "busy")
    batchff("pool", "create", "busy-pool")
    job = batchff("--json", "job", "submit", "--input", "busy", "--pool", "busy-pool").result["job"]
    batchff("watch", job)
    service.create_job(
        models.BatchJobCreateOptions(
            id="going",
            pool_info=models.BatchPoolInfo(pool_id="busy-pool"),
            metadata=[
                models.BatchMetadataItem(name="batchff", value="0"),
                models.BatchMetadataItem(name="batchff_input_set", value="busy"),
            ],
        )
    )

    spared = batchff("cleanup", "--pool", "--inputs", "--outputs", "--dry-run").out
    named = batchff("cleanup", "going", "--pool", "--inputs", "--dry-run").out

    assert "going" not in spared
    assert "busy-pool" not in spared
    assert "busy/" not in spared
    kinds = [line.split()[0] for line in named.splitlines()]
    assert kinds == ["pool", "job", "blobs", "total"]
    assert "still active" in named


def test_a_second_cleanup_finds_nothing(batchff: Batchff, one_clip: Path) -> None:
    batchff("submit", one_clip, "--job", "once")
    batchff("cleanup", "once", "--inputs", "--outputs", "--yes")

    ran = batchff("cleanup", "once", "--yes")

    assert ran.code == 1
    assert ran.err.startswith("error: there is no job 'once'")


def test_the_beginning_of_a_jobs_id_does_where_one_job_has_it_and_the_job_is_named(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    for job in ("begins-1", "begins-2", "only-b7207"):
        make_job(service, job, pool, "true", ours=True)
    ran = batchff("cleanup", "begins", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: job 'begins' could be begins-1, begins-2 (give more of the id)\n"
    assert "only-b7207" in batchff("cleanup", "only", "--dry-run").out
    ran = batchff("cleanup", "only", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: with --yes, a job needs its whole id (the job that begins so")
    assert "removed: job only-b7207" in batchff("cleanup", "only-b7207", "--yes").err
    assert [job.id for job in service.list_jobs() if job.id.startswith("begins")] == [
        "begins-1",
        "begins-2",
    ]
