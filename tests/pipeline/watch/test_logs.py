"""Logs of tasks on nodes; what the command shows of them is in tests/end_to_end/test_logs.py."""

from __future__ import annotations

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser, NotFoundError
from batchff.events.logs import LogLine, LogStarted
from batchff.model.jobs import TaskRun
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.names import task_id
from batchff.pipeline.watch.logs import TaskLogs, follow_log, show_failures, show_log
from tests.emulator.running import wait_until
from tests.foreign import Task, make_job, make_pool, wait_for_end
from tests.pipeline.recorder import Recorder

NAME = "stdout.txt"


def run_of(job: str, batch: Batch) -> TaskRun:
    run = batch.tasks.get(job, "task-0")
    assert run is not None
    return run


def lines(recorder: Recorder) -> list[str]:
    return [event.line for event in recorder.of(LogLine)]


def test_a_log_is_shown_line_by_line_whatever_ends_them(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "logs")
    make_job(service, "logs", "logs", r"printf 'one\ntwo\r\nfr\303\251\rlast'")
    wait_for_end(service, "logs", "task-0")
    recorder = Recorder()
    job = require_job("logs", batch)
    assert show_log(job, run_of("logs", batch), NAME, batch, storage, recorder) == 4
    assert lines(recorder) == ["one", "two", "fré", "last"]
    assert TaskLogs(job, batch, storage).end("task-0", NAME, 4) == b"last"
    with pytest.raises(NotFoundError, match="there is no gone.txt of 'task-0'"):
        show_log(job, run_of("logs", batch), "gone.txt", batch, storage, recorder)


def test_who_stops_following_a_log_is_told_how_to_come_back(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "logs-followed")
    command = "sh -c 'echo first; sleep 600'"
    make_job(service, "logs-followed", "logs-followed", command)
    wait_until(lambda: run_of("logs-followed", batch).status.state == "running")
    recorder = Recorder()
    job = require_job("logs-followed", batch)

    def interrupt(_seconds: float) -> None:
        if lines(recorder):
            raise KeyboardInterrupt

    with pytest.raises(InterruptedByUser, match="'task-0' goes on") as raised:
        follow_log(
            *(job, run_of("logs-followed", batch), NAME, batch, storage, recorder), pause=interrupt
        )
    assert lines(recorder) == ["first"]
    assert raised.value.hint == "come back with: batchff logs -f logs-followed task-0"


def test_what_failed_tasks_wrote_is_shown_with_why_they_failed(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "logs-failed")
    make_job(service, "logs-failed", "logs-failed", "sh -c 'echo oh; exit 3'", "true")
    wait_for_end(service, "logs-failed", "task-0", "task-1")
    recorder = Recorder()
    failures = show_failures(require_job("logs-failed", batch), NAME, batch, storage, recorder)
    assert (failures.tasks, failures.lines, failures.retried, failures.retries) == (1, 1, 0, ())
    (started,) = recorder.of(LogStarted)
    assert (started.task, started.reason) == ("task-0", "exit code 3 (FailureExitCode)")
    assert lines(recorder) == ["oh"]


def test_of_a_file_with_several_tasks_the_preset_that_failed_is_told(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    pool = make_pool(service, "logs-presets")
    commands = {"h264": "sh -c 'echo oh; exit 12'", "mp3": "true"}
    tasks = [
        Task(id=task_id("a.mov", preset), display_name="a.mov", command_line=command)
        for preset, command in commands.items()
    ]
    job = make_job(service, "logs-presets", pool, *tasks, ours=True, preset="h264+mp3", files=1)
    wait_for_end(service, job, *(str(task.id) for task in tasks))
    recorder = Recorder()
    show_failures(require_job(job, batch), NAME, batch, storage, recorder)
    (started,) = recorder.of(LogStarted)
    assert (started.file, started.preset) == ("a.mov", "h264")
