from __future__ import annotations

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError, UsageError
from batchff.model.states import NodeState
from batchff.pipeline.report.pool import named_pool, report_pool, require_status
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool


def test_a_pool_is_reported_with_its_nodes_and_the_jobs_that_use_it(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "reported", nodes=2)
    make_job(service, "on-it", "Reported", "true")
    make_job(service, "elsewhere", "other", "true")
    wait_until(lambda: len(batch.pools.nodes("reported")) == 2)

    report = report_pool("reported", batch)

    assert (report.pool.id, len(report.nodes)) == ("reported", 2)
    assert [job.id for job in report.jobs] == ["on-it"]
    assert report.outputs == {}


def test_of_broken_nodes_a_few_say_what_their_start_tasks_said(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "broken", nodes=4, start="sh -c 'echo no ffmpeg here >&2; exit 1'")

    def states() -> list[str]:
        return [node.state for node in batch.pools.nodes("broken")]

    wait_until(lambda: states() == [NodeState.START_TASK_FAILED] * 4)
    outputs = report_pool("broken", batch).outputs
    assert len(outputs) == 3
    assert set(outputs.values()) == {("no ffmpeg here",)}


def test_no_pool_has_no_report(batch: Batch) -> None:
    with pytest.raises(NotFoundError, match="there is no pool 'gone'") as raised:
        require_status("gone", batch)
    assert raised.value.hint == "see: batchff pool list --all"


def test_the_beginning_of_an_id_does_where_only_one_pool_has_it(
    service: BatchClient, batch: Batch
) -> None:
    for pool in ("begun-a-1", "begun-b", "begun-b-2"):
        make_pool(service, pool, nodes=0)
    assert require_status("begun-a", batch).id == "begun-a-1"
    assert require_status("begun-b", batch).id == named_pool("BEGUN-b", batch) == "begun-b"
    with pytest.raises(UsageError, match="pool 'begun' could be begun-a-1, begun-b, begun-b-2"):
        require_status("begun", batch)
    assert named_pool("begun-c", batch) == "begun-c"
