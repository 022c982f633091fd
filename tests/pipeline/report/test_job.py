from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.jobs import JobStatus, TaskCounts
from batchff.pipeline.names import FAILED_ALIKE, FAILED_FAST, STOPPED, task_id
from batchff.pipeline.report.job import JobReport, report_job, why_it_ended
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


SLOWX = "sh -c 'echo Unrecognized option slowx >&2; exit 12'"
UNOPENED = "sh -c 'echo moov atom not found >&2; exit 12'"


def at_fault(report: JobReport) -> tuple[int, int]:
    return report.arguments_at_fault, report.inputs_at_fault


def test_where_nothing_succeeded_the_logs_say_whether_the_arguments_are_at_fault(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    pool = make_pool(service, "report-refused")
    for job, commands in (
        ("report-refused", [SLOWX, SLOWX]),
        ("report-unopened", [UNOPENED, UNOPENED]),
        ("report-unlike", [SLOWX, UNOPENED]),
        ("report-worked", [SLOWX, "true"]),
    ):
        make_job(service, job, pool, *commands, ours=True)
        wait_for_end(service, job, "task-0", "task-1")
    refused = report_job("report-refused", batch, storage)
    assert at_fault(refused) == (2, 0)
    assert {failure.reason for failure in refused.failures} == {"ffmpeg refuses its arguments"}
    assert not refused.was_stopped_for_that
    assert at_fault(report_job("report-unopened", batch, storage)) == (0, 2)
    assert at_fault(report_job("report-unlike", batch, storage)) == (0, 2)
    assert at_fault(report_job("report-worked", batch, storage)) == (0, 1)


def test_presets_are_at_fault_each_by_itself(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    pool = make_pool(service, "report-presets")
    commands = {"h264": SLOWX, "mp3": "true"}
    tasks = [
        Task(id=task_id(file, preset), display_name=file, command_line=command)
        for file in ("a.mov", "b.mov")
        for preset, command in commands.items()
    ]
    job = make_job(service, "report-presets", pool, *tasks, ours=True, preset="h264+mp3", files=2)
    wait_for_end(service, job, *(str(task.id) for task in tasks))
    report = report_job(job, batch, storage)
    assert at_fault(report) == (2, 0)
    assert {failure.preset for failure in report.failures} == {"h264"}


def test_a_job_that_was_stopped_for_its_arguments_needs_no_logs_to_say_so(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    pool = make_pool(service, "report-stopped")
    job = make_job(service, "report-stopped", pool, "sh -c 'exit 12'", ours=True)
    wait_for_end(service, job, "task-0")
    batch.jobs.terminate(job, FAILED_ALIKE)
    wait_until(lambda: service.get_job(job).state == "completed")
    report = report_job(job, batch, storage)
    assert report.was_stopped_for_that
    assert at_fault(report) == (1, 0)


def test_no_job_has_no_report(batch: Batch, storage: Storage) -> None:
    with pytest.raises(NotFoundError, match="there is no job 'never-made'"):
        report_job("never-made", batch, storage)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("AllTasksComplete", "all its tasks have ended"),
        (STOPPED, "it was stopped"),
        (FAILED_FAST, "a task failed, and --fail-fast ended it"),
        (FAILED_ALIKE, "its first files failed alike, by ffmpeg's arguments"),
        ("SomethingNew", "SomethingNew"),
        ("", ""),
    ],
)
def test_why_a_job_ended_is_in_words_where_they_are_known(reason: str, words: str) -> None:
    created = datetime(2026, 11, 23, tzinfo=UTC)
    assert why_it_ended(JobStatus("j", "completed", "p", {}, created, reason)) == words
