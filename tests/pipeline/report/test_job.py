from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.jobs import JobStatus, TaskCounts
from batchff.pipeline.names import FAILED_FAST, STOPPED
from batchff.pipeline.report.job import report_job, why_it_ended
from tests.emulator.running import wait_until
from tests.foreign import after, make_job, make_pool, wait_for_end

Task = models.BatchTaskCreateOptions


def test_tasks_are_counted_and_failures_and_the_time_they_took_are_known(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "report", slots=2)
    make_job(service, "report", "report", "true", "sh -c 'exit 3'")
    wait_for_end(service, "report", "task-0", "task-1")

    # What has ended took no longer for being looked at later.
    report = report_job("report", batch, storage, datetime.now(UTC) + timedelta(hours=1))

    assert report.counts == TaskCounts(active=0, running=0, succeeded=1, failed=1)
    assert [(failure.task, failure.exit_code) for failure in report.failures] == [("task-1", 3)]
    assert report.pool is not None and report.pool.id == "report"
    time = report.node_time
    assert time.tasks < 3600
    assert time.dedicated is not None and time.dedicated == pytest.approx(time.tasks / 2)
    assert (time.spot, time.earlier_attempts) == (0, 0)
    assert not report.pool_gave_up


def test_a_running_task_counts_up_to_now(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "report-now")
    make_job(service, "report-now", "report-now", "sleep 600")
    wait_until(lambda: service.get_task("report-now", "task-0").state == "running")
    later = datetime.now(UTC) + timedelta(hours=1)
    report = report_job("report-now", batch, storage, later)
    assert report.counts.running == 1
    assert report.node_time.tasks == pytest.approx(3600, abs=60)


def test_tasks_behind_one_that_failed_are_unreachable(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "report-blocked")
    waiting = Task(id="late", command_line="true", depends_on=after("task-0"))
    make_job(service, "report-blocked", "report-blocked", "false", waiting, dependencies=True)
    wait_for_end(service, "report-blocked", "task-0")
    assert [task.id for task in report_job("report-blocked", batch, storage).unreachable] == [
        "late"
    ]


def test_without_its_pool_nobody_knows_how_many_tasks_shared_a_node(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_job(service, "report-alone", "gone", "true")
    report = report_job("report-alone", batch, storage)
    assert report.pool is None
    assert report.counts.active == 1
    assert (report.node_time.dedicated, report.node_time.vm_size) == (None, "")


def test_no_job_has_no_report(batch: Batch, storage: Storage) -> None:
    with pytest.raises(NotFoundError, match="there is no job 'never-made'"):
        report_job("never-made", batch, storage)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("AllTasksComplete", "all its tasks have ended"),
        (STOPPED, "it was stopped"),
        (FAILED_FAST, "a task failed, and --fail-fast ended it"),
        ("SomethingNew", "SomethingNew"),
        ("", ""),
    ],
)
def test_why_a_job_ended_is_in_words_where_they_are_known(reason: str, words: str) -> None:
    created = datetime(2026, 11, 23, tzinfo=UTC)
    assert why_it_ended(JobStatus("j", "completed", "p", {}, created, reason)) == words
