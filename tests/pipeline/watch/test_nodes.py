from __future__ import annotations

import pytest
from azure.batch import BatchClient, models

from batchff.cloud.batch import Batch
from batchff.errors import PoolError
from batchff.events.jobs import TasksUnreachable
from batchff.pipeline.job.failures import failed_task
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.watch.counts import TaskTally
from batchff.pipeline.watch.nodes import NodeWatcher
from tests.foreign import after, make_job, make_pool, wait_for_end
from tests.pipeline.recorder import Recorder


def test_tasks_behind_one_that_failed_are_looked_for_once_something_failed(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "nodes-blocked")
    late = models.BatchTaskCreateOptions(id="late", command_line="true", depends_on=after("task-0"))
    make_job(service, "nodes-blocked", "nodes-blocked", "false", late, dependencies=True)
    wait_for_end(service, "nodes-blocked", "task-0")
    recorder, tally = Recorder(), TaskTally()
    watcher = NodeWatcher(require_job("nodes-blocked", batch), batch, recorder)
    assert not watcher.look_at_blocked(tally)

    run = batch.tasks.get("nodes-blocked", "task-0")
    assert run is not None
    tally.note_failure(failed_task(run.status, None))
    assert watcher.look_at_blocked(tally)
    assert watcher.blocked == 1
    assert recorder.of(TasksUnreachable) == [TasksUnreachable("nodes-blocked", 1, ("late",))]


def test_a_job_without_dependencies_has_no_blocked_tasks_and_needs_a_pool(
    service: BatchClient, batch: Batch
) -> None:
    make_job(service, "nodes-alone", "gone", "true")
    watcher = NodeWatcher(require_job("nodes-alone", batch), batch, Recorder())
    assert not watcher.look_at_blocked(TaskTally())
    with pytest.raises(PoolError, match="pool 'gone' is gone, and tasks wait for it"):
        watcher.look_at_pool()
