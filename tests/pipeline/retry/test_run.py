from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.batch import BatchClient, models

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InputError, NotFoundError
from batchff.events import Event, Notice
from batchff.events.cleanup import Removed
from batchff.events.jobs import JobCreated
from batchff.model.items import Item, count_items
from batchff.model.jobs import JobOutcome
from batchff.model.limits import JobLimits
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.lookup import outputs_of, require_our_job
from batchff.pipeline.job.make import JobPlan, create_job
from batchff.pipeline.job.retries import with_retries
from batchff.pipeline.job.tasks import TaskMaker
from batchff.pipeline.names import input_blob, media_prefix
from batchff.pipeline.node_ffmpeg.equip import Supply
from batchff.pipeline.outputs import output_place
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.retry.plan import Retry, plan_retry
from batchff.pipeline.retry.run import Retried, retry
from batchff.pipeline.watch.watch import Watching, watch_to_end
from tests.emulator.running import wait_until
from tests.pipeline.recorder import Recorder
from tests.recipes import custom_recipe, preset_recipe
from tests.silence import silence

VIDEO = Path(__file__).parents[2] / "clips" / "city.mp4"
POOL = PoolSpec("Standard_D2s_v5", 1, 0, 2, "auto")
BROKEN = b"Milk, bread.\n"
LONG = JobLimits()


class Account:
    """A job's files, and what a user does with them from `batchff upload` on."""

    def __init__(self, job: str, batch: Batch, storage: Storage, limits: JobLimits = LONG) -> None:
        self.job = job
        self.batch = batch
        self.storage = storage
        self.limits = limits
        self.files: dict[str, int] = {}
        storage.ensure_container("batchff-input", {"batchff": "0"})

    def put(self, name: str, content: bytes | None = None) -> None:
        """Upload a file: a short clip, unless it has another content."""
        data = silence() if content is None else content
        self.storage.upload_bytes("batchff-input", input_blob(self.job, name), data, {})
        self.files[name] = len(data)

    def plan(self, pool: str) -> JobPlan:
        return JobPlan(
            job=self.job,
            pool=pool,
            input_set=self.job,
            input_container="batchff-input",
            output_container="batchff-output",
            recipes=(preset_recipe(),),
            counts=count_items(self.items()),
            inputs="",
            limits=self.limits,
        )

    def items(self) -> tuple[Item, ...]:
        files = [InputFile(name, size) for name, size in self.files.items()]
        return plan_items(files, input_set=self.job, job=self.job, recipes=(preset_recipe(),))

    def submit(self, pool: str = "retry-pool", *, sealed: bool = True) -> None:
        """Make the job with its tasks; one that isn't sealed stays open when they have ended."""
        plan = self.plan(pool)
        create_job(plan, self.items(), self.batch, self.storage, Recorder())
        if sealed:
            add_all(plan, self.items(), self.batch, self.storage, Recorder())
        else:
            self.add(datetime.now(UTC))

    def add(self, created: datetime) -> None:
        """Add the tasks with SAS as for a job of that age."""
        maker = TaskMaker(self.plan(""), self.storage, self.limits, created)
        self.batch.tasks.add(
            self.job, [maker.task(item, task) for item in self.items() for task in item.tasks]
        )

    def watch(self, job: str = "") -> JobOutcome:
        how = Watching(timeout=60)
        return watch_to_end(job or self.job, self.batch, self.storage, Recorder(), how)

    def wait_for_failures(self, count: int) -> None:
        wait_until(lambda: self.batch.tasks.counts(self.job).failed >= count)

    def plan_retry(self, now: datetime | None = None) -> Retry:
        return plan_retry(self.job, self.batch, self.storage, now or datetime.now(UTC))

    def retry(self, planned: Retry | None = None, pool: str = "retry-pool") -> Retried:
        planned = planned or self.plan_retry()
        return retry(planned, pool, POOL, self.batch, self.supply, Recorder())

    @property
    def supply(self) -> Supply:
        return Supply(self.storage, "programs", timedelta(days=5))

    def outputs(self) -> list[str]:
        prefix = media_prefix(self.job)
        blobs = self.storage.list_blobs("batchff-output", prefix)
        return sorted(blob.name.removeprefix(prefix) for blob in blobs)

    def family(self) -> list[str]:
        return [job.id for job in with_retries(self.job, self.batch.jobs.all())]


@pytest.fixture
def new(batch: Batch, storage: Storage) -> Callable[..., Account]:
    """Make an account of a job of this name; the pool for all of them stands."""
    if batch.pools.get("retry-pool") is None:
        ensure_pool("retry-pool", POOL, batch, Recorder())

    def new(job: str, limits: JobLimits = LONG) -> Account:
        return Account(job, batch, storage, limits)

    return new


New = Callable[..., Account]


def test_what_failed_in_a_completed_job_goes_to_a_job_beside_it(new: New) -> None:
    account = new("retry-ended")
    account.put("good.mp4")
    account.put("sub/late.mp4", BROKEN)
    account.submit()
    assert account.watch().failed == 1
    account.put("sub/late.mp4")

    done = account.retry()

    assert (done.reactivated, done.moved, done.jobs) == (0, 1, ("retry-ended-retry",))
    outcome = account.watch("retry-ended-retry")
    assert (outcome.succeeded, outcome.failed, outcome.unfinished) == (1, 0, 0)
    assert account.outputs() == ["good.mp3", "sub/late.mp3"]
    place = outputs_of(require_our_job("retry-ended-retry", account.batch))
    assert place == output_place("retry-ended", "batchff-output")
    assert account.plan_retry().files == ()


def test_what_fails_again_has_a_second_job_and_both_are_of_the_family(new: New) -> None:
    account = new("retry-twice")
    account.put("late.mp4", BROKEN)
    account.submit()
    account.watch()
    account.retry()
    (failure,) = account.watch("retry-twice-retry").failures
    assert "Invalid data found when processing input" in "\n".join(failure.log)
    account.put("late.mp4")

    again = plan_retry("retry-twice-retry", account.batch, account.storage, datetime.now(UTC))
    account.retry(again)

    assert account.watch("retry-twice-retry-2").succeeded == 1
    assert account.family() == ["retry-twice", "retry-twice-retry", "retry-twice-retry-2"]


def end_a_task(account: Account, service: BatchClient, file: str) -> None:
    """End the task of a file before it runs, so that it has failed by no fault of the file."""
    (item,) = (item for item in account.items() if item.relative == file)
    service.terminate_task(account.job, item.tasks[0].id)


def submit_without_running(account: Account, service: BatchClient) -> None:
    create_job(
        account.plan("retry-pool"), account.items(), account.batch, account.storage, Recorder()
    )
    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    service.begin_disable_job(account.job, options, polling_interval=0).result()
    account.add(datetime.now(UTC))


def go_on(account: Account, service: BatchClient) -> None:
    service.begin_enable_job(account.job, polling_interval=0).result()


def test_in_a_job_that_goes_on_a_task_runs_again_where_it_is(
    new: New, service: BatchClient
) -> None:
    account = new("retry-active")
    account.put("good.mp4")
    account.put("late.mp4")
    submit_without_running(account, service)
    end_a_task(account, service, "late.mp4")
    go_on(account, service)

    done = account.retry()
    account.batch.jobs.end_after_tasks(account.job)

    assert (done.reactivated, done.moved, done.jobs) == (1, 0, ("retry-active",))
    assert account.watch().succeeded == 2
    assert account.family() == ["retry-active"]


def test_a_job_that_ends_meanwhile_has_its_tasks_run_beside_it(
    new: New, service: BatchClient
) -> None:
    account = new("retry-race")
    account.put("late.mp4")
    submit_without_running(account, service)
    end_a_task(account, service, "late.mp4")
    go_on(account, service)
    planned = account.plan_retry()
    account.batch.jobs.end_after_tasks(account.job)
    account.watch()

    done = account.retry(planned)

    assert (done.reactivated, done.moved) == (0, 1)
    assert account.watch("retry-race-retry").succeeded == 1


def test_a_job_that_has_ended_meanwhile_needs_no_end(new: New) -> None:
    account = new("retry-sealed")
    account.put("good.mp4")
    account.submit()
    account.watch()

    account.batch.jobs.end_after_tasks(account.job)

    status = account.batch.jobs.get(account.job)
    assert status is not None and status.state == "completed"


def test_an_input_that_was_replaced_has_another_task(new: New) -> None:
    account = new("retry-replaced", replace(LONG, retries=0))
    account.put("late.mp4", BROKEN)
    account.submit(sealed=False)
    account.wait_for_failures(1)
    account.put("late.mp4")

    done = account.retry()

    assert done.jobs == ("retry-replaced-retry",)
    assert account.watch("retry-replaced-retry").succeeded == 1
    account.batch.jobs.terminate(account.job, "TestIsOver")


def test_what_waits_for_a_pool_that_is_gone_moves_to_another(new: New) -> None:
    account = new("retry-gone")
    account.put("a.mp4")
    account.submit("retry-no-such-pool")

    done = account.retry()

    assert (done.moved, done.jobs) == (1, ("retry-gone-retry",))
    assert account.watch("retry-gone-retry").succeeded == 1
    # It left its job, so that this came to its end as well.
    assert account.watch().unfinished == 0


def test_what_a_job_has_no_time_left_for_moves_to_another(new: New, service: BatchClient) -> None:
    account = new("retry-late")
    account.put("late.mp4")
    submit_without_running(account, service)
    end_a_task(account, service, "late.mp4")
    go_on(account, service)
    status = account.batch.jobs.get(account.job)
    assert status is not None
    just_in_time = status.created + LONG.queue_time

    assert not account.plan_retry(just_in_time).moved
    planned = account.plan_retry(just_in_time + timedelta(seconds=1))

    assert (len(planned.moved), planned.reactivated) == (1, ())
    account.batch.jobs.terminate(account.job, "TestIsOver")


def test_tasks_whose_sas_is_over_get_another(new: New) -> None:
    account = new("retry-sas", replace(LONG, retries=0))
    account.put("a.mp4")
    create_job(
        account.plan("retry-pool"), account.items(), account.batch, account.storage, Recorder()
    )
    account.add(datetime.now(UTC) - timedelta(days=6))
    account.batch.jobs.end_after_tasks(account.job)
    (failure,) = account.watch().failures
    assert "BlobAccessDenied" in failure.reason or "403" in failure.reason

    account.retry()

    assert account.watch("retry-sas-retry").succeeded == 1


def stop_at(kind: type[Event]) -> Callable[[Event], None]:
    def react(event: Event) -> None:
        if isinstance(event, kind):
            raise KeyboardInterrupt

    return react


def test_a_retry_that_was_stopped_goes_on_when_it_is_given_again(new: New) -> None:
    account = new("retry-stopped")
    for name in ("a.mp4", "b.mp4"):
        account.put(name, BROKEN)
    account.submit()
    account.watch()
    planned = account.plan_retry()
    with pytest.raises(KeyboardInterrupt):
        reporter = Recorder(stop_at(JobCreated))
        retry(planned, "retry-pool", POOL, account.batch, account.supply, reporter)
    assert account.batch.tasks.counts("retry-stopped-retry").total == 0
    for name in ("a.mp4", "b.mp4"):
        account.put(name)

    assert account.retry().jobs == ("retry-stopped-retry",)

    assert account.watch("retry-stopped-retry").succeeded == 2
    assert account.family() == ["retry-stopped", "retry-stopped-retry"]


def test_a_pool_goes_with_the_follow_up_that_it_was_made_for(new: New) -> None:
    account = new("retry-deleted")
    account.put("a.mp4", BROKEN)
    account.submit()
    account.watch()

    def delete(event: Event) -> None:
        if isinstance(event, JobCreated):
            account.batch.jobs.delete(event.job)
            wait_until(lambda: account.batch.jobs.get(event.job) is None)

    reporter = Recorder(delete)
    with pytest.raises(NotFoundError):
        retry(account.plan_retry(), "retry-own", POOL, account.batch, account.supply, reporter)

    assert [event.name for event in reporter.of(Removed)] == ["retry-own"]
    wait_until(lambda: account.batch.pools.get("retry-own") is None)


def test_a_follow_up_that_was_not_let_end_ends_at_the_next_retry(new: New) -> None:
    account = new("retry-unsealed")
    account.put("a.mp4", BROKEN)
    account.submit()
    account.watch()
    account.put("a.mp4")
    planned = account.plan_retry()
    follow_up = planned.plan
    create_job(follow_up, planned.items, account.batch, account.storage, Recorder())
    maker = TaskMaker(follow_up, account.storage, follow_up.limits, datetime.now(UTC))
    account.batch.tasks.add(
        follow_up.job, [maker.task(item, task) for item in planned.items for task in item.tasks]
    )

    again = account.plan_retry()
    assert (again.files, again.unsealed) == ((), ("retry-unsealed-retry",))
    account.retry(again)

    assert account.watch("retry-unsealed-retry").succeeded == 1


def test_a_task_leaves_its_job_also_when_an_earlier_retry_was_stopped_before(new: New) -> None:
    account = new("retry-leaves")
    account.put("a.mp4")
    account.submit("retry-no-such-pool")
    account.retry(replace(account.plan_retry(), waiting=()))
    assert account.watch("retry-leaves-retry").succeeded == 1
    assert account.batch.tasks.counts(account.job).active == 1

    again = account.plan_retry()
    assert again.files == ()
    account.retry(again)

    assert account.watch().unfinished == 0


def test_a_job_keeps_the_limits_it_was_made_with(new: New) -> None:
    account = new("retry-limits")
    account.put("a.mp4")
    account.submit(sealed=False)
    recorder = Recorder()

    plan = replace(account.plan("retry-pool"), limits=replace(LONG, retries=5))
    create_job(plan, account.items(), account.batch, account.storage, recorder)

    (notice,) = recorder.of(Notice)
    assert notice.message.startswith("job retry-limits keeps the limits it was made with")
    account.batch.jobs.end_after_tasks(account.job)
    account.watch()


def test_inputs_that_are_gone_are_told_before_anything_is_made(new: New) -> None:
    account = new("retry-inputs")
    for name in ("a.mp4", "b.mp4"):
        account.put(name, BROKEN)
    account.submit()
    account.watch()
    account.storage.delete_blob("batchff-input", input_blob(account.job, "b.mp4"))

    with pytest.raises(InputError) as refused:
        account.plan_retry()

    assert refused.value.message == (
        "1 of 2 inputs are gone from container 'batchff-input': 'b.mp4'"
    )
    assert account.family() == ["retry-inputs"]


def test_what_the_nodes_need_must_still_be_there(new: New) -> None:
    account = new("retry-script")
    account.put("a.mp4", BROKEN)
    account.submit()
    account.watch()
    account.storage.delete_blob("batchff-output", "retry-script/node/encode.sh")

    with pytest.raises(NotFoundError, match="for its nodes are gone"):
        account.plan_retry()


def test_a_job_that_is_disabled_is_left_as_it_is(new: New, service: BatchClient) -> None:
    account = new("retry-disabled")
    account.put("a.mp4")
    submit_without_running(account, service)

    with pytest.raises(BatchffError, match="job 'retry-disabled' is disabled"):
        account.plan_retry()
    account.batch.jobs.terminate(account.job, "TestIsOver")


def test_a_bad_input_costs_one_encoding_whatever_the_retries(new: New) -> None:
    account = new("retry-bad", replace(LONG, retries=2))
    account.put("notes.mp4", BROKEN)
    account.submit()

    (failure,) = account.watch().failures

    said = "it's cut off: its index, the moov atom, isn't there"
    assert (failure.exit_code, failure.reason) == (12, f"ffmpeg failed on this input: {said}")
    (run,) = account.batch.tasks.runs(account.job)
    assert run.earlier_attempts == 2
    log = account.batch.tasks.read_file(account.job, run.status.id, "stderr.txt") or b""
    assert log.count(b"encode.sh: ffmpeg failed on this input") == 1


def test_an_attempt_that_takes_too_long_is_ended(new: New) -> None:
    account = new("retry-slow", JobLimits(task_timeout=timedelta(seconds=1)))
    account.put("slow.mp4", VIDEO.read_bytes())
    plan = account.plan("retry-pool")
    slow = custom_recipe("-re -i {input}", ".mp3")
    create_job(
        replace(plan, recipes=(slow,)), account.items(), account.batch, account.storage, Recorder()
    )
    add_all(plan, account.items(), account.batch, account.storage, Recorder())

    (failure,) = account.watch().failures

    assert failure.exit_code == 15
    assert failure.reason == "it was ended: its time was over, or that of its job (TaskEnded)"


def test_a_job_whose_maker_is_gone_ends_by_itself(new: New) -> None:
    brief = JobLimits(task_timeout=timedelta(seconds=0.5), queue_time=timedelta())
    account = new("retry-orphan", brief)
    account.put("never.mp4")
    create_job(
        account.plan("retry-pool"), account.items(), account.batch, account.storage, Recorder()
    )

    outcome = account.watch()

    status = account.batch.jobs.get(account.job)
    assert status is not None and status.termination_reason == "MaxWallClockTimeExpiry"
    assert outcome.succeeded == 0
