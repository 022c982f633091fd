from __future__ import annotations

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.events.jobs import TaskProgressed
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


def test_a_running_tasks_progress_is_reported_when_it_has_changed(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "progress")
    make_job(service, "progress", "progress", HALFWAY)
    wait_until(lambda: batch.tasks.read_file("progress", "task-0", "wd/progress.txt"))
    recorder = Recorder()
    watcher = ProgressWatcher("progress", batch, recorder)
    for _ in range(2):
        watcher.look({"task-0": "film.mov"})
    assert recorder.events == [TaskProgressed("task-0", "film.mov", 0.5, 25.0, 2.0)]


def test_a_task_without_a_report_is_passed_over(service: BatchClient, batch: Batch) -> None:
    make_pool(service, "progress-none")
    make_job(service, "progress-none", "progress-none", "sleep 600")
    wait_until(lambda: service.get_task("progress-none", "task-0").state == "running")
    recorder = Recorder()
    ProgressWatcher("progress-none", batch, recorder).look({"task-0": "film.mov", "gone": "g"})
    assert recorder.events == []
