"""`batchff job stop` and `job delete`."""

from __future__ import annotations

import os

from azure.batch import BatchClient
from azure.storage.blob import BlobServiceClient

from batchff.emulator.launch import Connection
from tests.commands import Batchff
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool


def test_a_job_is_stopped_once_and_says_so(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(service, "stop-ours", make_pool(service), "sleep 600", ours=True)

    unasked = batchff("job", "stop", job)
    assert unasked.code == 2
    assert unasked.err == (
        "error: this needs a confirmation, and there is no terminal to ask on "
        "(give --yes to do it without a question)\n"
    )
    stopped = batchff("job", "stop", job, "--yes")
    assert stopped.code == 0
    assert stopped.out == (
        "job stop-ours is ending; download what is done with: batchff download stop-ours; "
        "encode the rest with: batchff job retry stop-ours\n"
    )
    wait_until(lambda: service.get_job(job).state == "completed")
    again = batchff("job", "stop", job)
    assert (again.code, again.out) == (0, "job stop-ours has ended already\n")
    assert "state        completed: it was stopped\n" in batchff("job", "show", job).out
    assert batchff("--json", "job", "stop", job).result == {"job": job, "stopped": False}


def test_only_a_job_of_batchffs_is_deleted_and_its_blobs_stay(
    batchff: Batchff, service: BatchClient, account: Connection
) -> None:
    pool = make_pool(service)
    theirs = make_job(service, "delete-theirs", pool, "true")
    ours = make_job(service, "delete-ours", pool, "true", ours=True)
    outputs = BlobServiceClient.from_connection_string(account.storage_connection_string)
    container = outputs.create_container(os.environ["BATCHFF_OUTPUT_CONTAINER"])
    container.upload_blob("delete-ours/media/a.mp3", b"made")

    refused = batchff("job", "delete", theirs, "--yes")
    deleted = batchff("job", "delete", ours, "--yes")

    assert refused.code == 1
    assert refused.err == (
        "error: job 'delete-theirs' wasn't made by batchff, so it isn't deleted "
        "(delete it with the program that made it)\n"
    )
    assert service.get_job(theirs).state == "active"
    assert deleted.code == 0
    assert deleted.out == (
        "job delete-ours is being deleted; "
        f"its files remain in container {container.container_name}, in delete-ours/; "
        "remove them with: batchff cleanup delete-ours --outputs\n"
    )
    wait_until(lambda: "delete-ours" not in [job.id for job in service.list_jobs()])
    assert [blob.name for blob in container.list_blobs()] == ["delete-ours/media/a.mp3"]
    gone = batchff("job", "delete", ours, "--yes")
    assert gone.code == 1
    assert gone.err == "error: there is no job 'delete-ours' (see: batchff job list --all)\n"


def test_the_beginning_of_an_id_does_where_one_job_has_it_and_the_job_is_named(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    for job in ("begun-1", "begun-2", "single-b7207"):
        make_job(service, job, pool, "sleep 600", ours=True)
    for command in ("stop", "delete"):
        ran = batchff("job", command, "begun", "--yes")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "error: job 'begun' could be begun-1, begun-2 (give more of the id)\n"
    assert {service.get_job(job).state for job in ("begun-1", "begun-2")} == {"active"}
    assert batchff("job", "delete", "begun-1", "--yes").code == 0
    for command in ("stop", "delete"):
        ran = batchff("job", command, "single", "--yes")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            "error: with --yes, a job needs its whole id (the job that begins so is single-b7207)\n"
        )
    assert service.get_job("single-b7207").state == "active"
    assert batchff("job", "show", "single").out.split()[:2] == ["job", "single-b7207"]
