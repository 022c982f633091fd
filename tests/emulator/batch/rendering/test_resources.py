from __future__ import annotations

from batchff.emulator.batch.rendering.resources import file_url, render_job, render_pool, task_url
from batchff.emulator.state.creation import new_pool
from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState
from tests.emulator.examples import pool_document

ENDPOINT = "https://127.0.0.1:1"


def test_a_files_url_is_read_as_its_path() -> None:
    task = task_url(ENDPOINT, "job", "task")

    assert file_url(task, "wd/a b%20?#ä.txt").endswith("/files/wd/a%20b%2520%3F%23%C3%A4.txt")
    assert file_url(task, "wd/\udcff").endswith("/files/wd/%FF")


def test_a_pools_targets_are_those_it_has_now() -> None:
    pool = new_pool(pool_document("p", targetDedicatedNodes=3), 1)

    document = render_pool(pool, [], ENDPOINT)

    assert document["url"] == f"{ENDPOINT}/pools/p"
    assert (document["targetDedicatedNodes"], document["currentDedicatedNodes"]) == (3, 0)
    assert "resizeErrors" not in document


def test_a_job_names_the_pool_that_was_made_for_it() -> None:
    job = Job("j", "J", "made", {"poolInfo": {}}, JobState.ACTIVE, 1, 1, 1, 0, auto_pool="Made")

    document = render_job(job, ENDPOINT)

    assert document["executionInfo"]["poolId"] == "Made"
    assert "previousState" not in document
