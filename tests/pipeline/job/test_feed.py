from __future__ import annotations

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.events.jobs import TasksAdded
from batchff.pipeline.job.feed import TaskFeed, add_all
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import create_job
from tests.pipeline.planned import items_of, plan_of
from tests.pipeline.recorder import Recorder

NAMES = [f"{number}.mov" for number in range(5)]


def made(job: str, batch: Batch, storage: Storage) -> None:
    create_job(plan_of(job, *NAMES), items_of(job, *NAMES), batch, storage, Recorder())


def test_each_item_that_is_put_becomes_tasks(batch: Batch, storage: Storage) -> None:
    made("feed-all", batch, storage)
    recorder = Recorder()
    items = items_of("feed-all", *NAMES)
    with TaskFeed(plan_of("feed-all", *NAMES), batch, storage, recorder) as feed:
        assert feed.is_open
        for item in items:
            feed.put(item)
        feed.close()
        assert not feed.is_open and not feed.is_short
    assert feed.added == 5
    assert recorder.events == [TasksAdded("feed-all", 5)]
    assert {task.id: task.name for task in batch.tasks.all("feed-all")} == {
        item.tasks[0].id: item.relative for item in items
    }


def test_tasks_that_the_job_has_arent_added_again(batch: Batch, storage: Storage) -> None:
    made("feed-rest", batch, storage)
    plan, items = plan_of("feed-rest", *NAMES), items_of("feed-rest", *NAMES)
    with TaskFeed(plan, batch, storage, Recorder()) as feed:
        feed.put(items[0])
        feed.close()
    assert feed.is_short
    existing = {items[0].tasks[0].id}
    with TaskFeed(plan, batch, storage, Recorder(), existing=existing) as feed:
        for item in items:
            feed.put(item)
        feed.close()
    assert feed.added == 5


def test_what_goes_wrong_is_raised_to_who_puts_items(batch: Batch, storage: Storage) -> None:
    storage.ensure_container("batchff-output", {})
    feed = TaskFeed(plan_of("feed-gone", *NAMES), batch, storage, Recorder())
    with feed, pytest.raises(NotFoundError, match="job 'feed-gone' was removed"):
        feed.close()


def test_a_feed_that_is_cancelled_adds_no_more(batch: Batch, storage: Storage) -> None:
    made("feed-cancelled", batch, storage)
    with TaskFeed(plan_of("feed-cancelled", *NAMES), batch, storage, Recorder()) as feed:
        feed.cancel()
        feed.put(items_of("feed-cancelled", "0.mov")[0])
    assert (feed.added, feed.is_open, feed.is_short) == (0, False, True)
    assert not list(batch.tasks.all("feed-cancelled"))


def test_a_job_with_all_its_tasks_ends_by_itself(batch: Batch, storage: Storage) -> None:
    made("feed-sealed", batch, storage)
    items = items_of("feed-sealed", *NAMES)
    add_all(plan_of("feed-sealed", *NAMES), items, batch, storage, Recorder())
    assert require_job("feed-sealed", batch).ends_after_tasks
    assert batch.tasks.counts("feed-sealed").total == 5


def test_an_item_that_is_given_up_isnt_waited_for(batch: Batch, storage: Storage) -> None:
    made("feed-given-up", batch, storage)
    plan, items = plan_of("feed-given-up", *NAMES), items_of("feed-given-up", *NAMES)
    with TaskFeed(plan, batch, storage, Recorder()) as feed:
        for item in items[1:]:
            feed.put(item)
        feed.give_up(items[0])
        feed.close()
    assert (feed.added, feed.is_short) == (4, False)
