from __future__ import annotations

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.pipeline.watch.changes import TaskChanges
from batchff.pipeline.watch.counts import TaskTally
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool, wait_for_end
from tests.pipeline.planned import add_tasks


def test_a_look_yields_what_ended_since_the_last_one_and_notes_what_runs(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "changes")
    make_job(service, "changes", "changes", "true", "sleep 600")
    wait_for_end(service, "changes", "task-0")
    wait_until(lambda: service.get_task("changes", "task-1").state == "running")
    tally = TaskTally()
    changes = TaskChanges("changes", batch, tally)

    (ended,) = changes.ended()
    assert (ended.id, ended.succeeded) == ("task-0", True)
    assert tally.running.keys() == {"task-1"}
    tally.note_success(ended)

    add_tasks(service, "changes", failing="false")
    wait_for_end(service, "changes", "failing")
    (ended,) = changes.ended()
    assert (ended.id, ended.name, ended.succeeded) == ("failing", "failing.mp4", False)


def test_after_a_look_at_all_what_the_tally_lacks_is_yielded_again(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "changes-all")
    make_job(service, "changes-all", "changes-all", "true")
    wait_for_end(service, "changes-all", "task-0")
    add_tasks(service, "changes-all", later="true")
    wait_for_end(service, "changes-all", "later")
    tally = TaskTally()
    changes = TaskChanges("changes-all", batch, tally)
    seen = {task.id: task for task in changes.ended()}
    assert seen.keys() == {"task-0", "later"}
    tally.note_success(seen["later"])

    assert list(changes.ended()) == []
    changes.look_at_all()
    assert [task.id for task in changes.ended()] == ["task-0"]
