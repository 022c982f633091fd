from __future__ import annotations

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events.jobs import CountsChanged, TaskEnded, TaskFailed, TaskStarted, TaskSucceeded
from batchff.events.pools import NodeChanged
from batchff.model.jobs import JobOutcome, TaskTotals
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.watch.job import Ended, watch_job
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool, wait_for_end
from tests.pipeline.recorder import Recorder


def watched_to_its_end(
    job: str, batch: Batch, storage: Storage, recorder: Recorder
) -> tuple[list[Ended], JobOutcome]:
    """Look until the job is over; return the tasks that ended, and the outcome."""
    watcher = watch_job(require_job(job, batch), batch, storage, recorder)
    ended: list[Ended] = []
    while not watcher.is_over:
        ended += watcher.look()
    rest = watcher.outcome()
    while True:
        try:
            ended.append(next(rest))
        except StopIteration as end:
            return ended, end.value


def test_each_task_is_seen_to_end_once_and_counted(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "watched")
    make_job(service, "watched", "watched", "true", "sh -c 'exit 3'", "true")
    recorder = Recorder()

    ended, outcome = watched_to_its_end("watched", batch, storage, recorder)

    assert sorted(seen.task.id for seen in ended) == ["task-0", "task-1", "task-2"]
    assert [seen.task.id for seen in ended if seen.failure] == ["task-1"]
    # In a job of another program, each task counts as a file.
    assert (outcome.succeeded, outcome.failed, outcome.unfinished) == (2, 1, 0)
    assert (outcome.tasks, outcome.batchff) == (TaskTotals(2, 1), False)
    assert len(recorder.of(TaskSucceeded)) == 2
    assert sorted((each.task, each.succeeded) for each in recorder.of(TaskEnded)) == [
        ("task-0", True),
        ("task-1", False),
        ("task-2", True),
    ]
    assert all(each.took is not None and each.took >= 0 for each in recorder.of(TaskEnded))
    (failed,) = recorder.of(TaskFailed)
    assert failed.failure.exit_code == 3
    last = recorder.of(CountsChanged)[-1]
    assert (last.active, last.running, last.succeeded, last.failed) == (0, 0, 2, 1)


def test_failures_of_tasks_that_were_retried_elsewhere_are_counted_and_not_reported(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "watched-again")
    make_job(service, "watched-again", "watched-again", "false")
    wait_for_end(service, "watched-again", "task-0")
    recorder = Recorder()
    job = require_job("watched-again", batch)
    watcher = watch_job(job, batch, storage, recorder, retried=["task-0"])
    while not watcher.is_over:
        list(watcher.look())
    assert recorder.of(TaskFailed) == []
    assert recorder.of(CountsChanged)[-1].failed == 1


def test_a_task_is_told_to_run_on_its_node_and_nodes_are_looked_at_where_that_is_shown(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "watched-node")
    make_job(service, "watched-node", "watched-node", "sleep 600")
    wait_until(lambda: service.get_task("watched-node", "task-0").state == "running")
    recorder = Recorder()
    watcher = watch_job(require_job("watched-node", batch), batch, storage, recorder)
    list(watcher.look())

    (started,) = recorder.of(TaskStarted)
    (node,) = recorder.of(NodeChanged)
    assert (started.task, started.node) == ("task-0", node.node)
    assert (node.state, node.spot) == ("running", False)
    assert started.started is not None and node.since is not None
