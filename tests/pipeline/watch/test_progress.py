from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.events.jobs import TaskProgressed, TaskStarted
from batchff.model.jobs import TaskStatus
from batchff.pipeline.watch.progress import ProgressWatcher
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool
from tests.pipeline.recorder import Recorder

# As ffmpeg writes them: the input's duration on stderr, reports to the progress file.
HALFWAY = (
    "sh -c \"echo '  Duration: 00:00:10.00, start: 0' >&2; "
    "printf 'frame=50\\nfps=25.0\\nout_time_us=5000000\\nspeed=2.0x\\nprogress=continue\\n' "
    '> progress.txt; sleep 600"'
)


def running(task: str, node: str = "") -> TaskStatus:
    return TaskStatus(
        task, "film.mov", "running", None, datetime(2026, 11, 22, tzinfo=UTC), node=node
    )


def test_a_running_tasks_progress_is_reported_when_it_has_changed(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "progress")
    make_job(service, "progress", "progress", HALFWAY)
    wait_until(lambda: batch.tasks.read_file("progress", "task-0", "wd/progress.txt"))
    recorder = Recorder()
    watcher = ProgressWatcher("progress", batch, recorder)
    for _ in range(2):
        watcher.look({"task-0": running("task-0", "n1")})
    assert recorder.events == [TaskProgressed("task-0", "film.mov", 0.5, 25.0, 2.0, "n1")]


def test_what_ffmpeg_knew_before_stays_known(
    service: BatchClient, batch: Batch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    unknown = "frame=60\\nfps=20.0\\nout_time_us=N/A\\nspeed=N/A\\nprogress=continue\\n"
    then = f"until test -e {go}; do sleep 0.05; done; printf '{unknown}' >> progress.txt; sleep 600"
    make_pool(service, "progress-na")
    make_job(service, "progress-na", "progress-na", HALFWAY.replace("sleep 600", then))

    def content() -> bytes:
        return batch.tasks.read_file("progress-na", "task-0", "wd/progress.txt") or b""

    wait_until(content)
    recorder = Recorder()
    watcher = ProgressWatcher("progress-na", batch, recorder)
    watcher.look({"task-0": running("task-0", "n1")})
    go.touch()
    wait_until(lambda: b"N/A" in content())
    watcher.look({"task-0": running("task-0", "n1")})
    assert recorder.events == [
        TaskProgressed("task-0", "film.mov", 0.5, fps, 2.0, "n1") for fps in (25.0, 20.0)
    ]


def test_a_task_without_a_report_is_passed_over(service: BatchClient, batch: Batch) -> None:
    make_pool(service, "progress-none")
    make_job(service, "progress-none", "progress-none", "sleep 600")
    wait_until(lambda: service.get_task("progress-none", "task-0").state == "running")
    recorder = Recorder()
    looked_at = {task: running(task) for task in ("task-0", "gone")}
    ProgressWatcher("progress-none", batch, recorder).look(looked_at)
    assert recorder.events == []


def test_of_many_tasks_each_has_its_turn(service: BatchClient, batch: Batch) -> None:
    make_pool(service, "progress-turns", slots=8, nodes=2)
    make_job(service, "progress-turns", "progress-turns", *[HALFWAY] * 12)
    tasks = [f"task-{number}" for number in range(12)]
    wait_until(
        lambda: all(
            batch.tasks.read_file("progress-turns", task, "wd/progress.txt") for task in tasks
        )
    )
    recorder = Recorder()
    watcher = ProgressWatcher("progress-turns", batch, recorder)
    watcher.look({task: running(task) for task in tasks})
    first = {event.task for event in recorder.of(TaskProgressed)}
    watcher.look({task: running(task) for task in tasks})

    assert len(first) == 8
    assert {event.task for event in recorder.of(TaskProgressed)} == set(tasks)


def test_a_task_that_started_again_is_told_and_nothing_counts_of_before(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "progress-again")
    make_job(service, "progress-again", "progress-again", HALFWAY)
    wait_until(lambda: batch.tasks.read_file("progress-again", "task-0", "wd/progress.txt"))
    recorder = Recorder()
    watcher = ProgressWatcher("progress-again", batch, recorder)
    first = replace(running("task-0", "n1"), started=datetime(2026, 11, 22, tzinfo=UTC))
    again = replace(first, started=datetime(2026, 11, 23, tzinfo=UTC))
    watcher.look({"task-0": first})
    watcher.look({"task-0": again})
    halfway = TaskProgressed("task-0", "film.mov", 0.5, 25.0, 2.0, "n1")
    assert recorder.events == [
        halfway,
        TaskStarted("task-0", "film.mov", "n1", again.started),
        halfway,
    ]
