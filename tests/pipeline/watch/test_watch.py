from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator.launch import Connection
from batchff.errors import InterruptedByUser, NotAllowedError
from batchff.events import Warned
from batchff.events.jobs import FailedAlike, FailuresReleased, TaskFailed
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.names import FAILED_ALIKE
from batchff.pipeline.watch import rhythm
from batchff.pipeline.watch.job import Ended
from batchff.pipeline.watch.watch import Watching, watch, watch_to_end
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool, wait_for_end
from tests.pipeline.recorder import Recorder


def test_outputs_are_seen_as_they_come_however_slow_the_service_is(
    emulator: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    with BatchClient(emulator.batch_endpoint, credential) as service:
        pool = make_pool(service, "slow", slots=1)
        job = make_job(service, "slow", pool, "true", "sleep 600")
        wait_for_end(service, job, "task-0")
        # Each answer takes longer than the time between two looks at the job and its counts.
        monkeypatch.setattr(rhythm, "_CHECKS_WHILE_NONE_RUNS", -1.0)
        monkeypatch.setattr(rhythm, "_CHECKS_WHILE_TASKS_RUN", -1.0)
        succeeded: list[str] = []
        looks = 0

        def stop_after_some_looks(_seconds: float) -> None:
            nonlocal looks
            looks += 1
            if looks == 4:
                raise KeyboardInterrupt

        with pytest.raises(InterruptedByUser):
            for seen in watch(
                job,
                Batch(emulator.batch_endpoint, credential),
                connect_storage(emulator.storage_connection_string),
                Recorder(),
                Watching(pause=stop_after_some_looks),
            ):
                assert isinstance(seen, Ended)
                succeeded.append(seen.task.id)
    assert succeeded == ["task-0"]


SLOWX = "sh -c 'echo Unrecognized option slowx >&2; exit 12'"
UNOPENED = "sh -c 'echo moov atom not found >&2; exit 12'"


def job_of(service: BatchClient, job: str, failing: str) -> str:
    """Make a job whose first five tasks failed and whose sixth goes on."""
    pool = make_pool(service, job, slots=6)
    make_job(service, job, pool, *[failing] * 5, "sleep 600", ours=True)
    wait_for_end(service, job, *(f"task-{number}" for number in range(5)))
    return job


def test_a_job_whose_first_files_are_refused_alike_is_stopped_and_that_is_told_once(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    job = job_of(service, "watch-alike", SLOWX)
    batch.jobs.end_after_tasks(job)
    recorder = Recorder()

    outcome = watch_to_end(job, batch, storage, recorder)

    status = require_job(job, batch)
    assert (status.state, status.termination_reason) == ("completed", FAILED_ALIKE)
    assert (outcome.succeeded, outcome.failed) == (0, 6)
    (same,) = outcome.alike
    assert (same.tasks, same.arguments_at_fault, same.stopped) == (5, True, True)
    assert recorder.of(FailedAlike) == [FailedAlike(job, same)]
    told = [event for event in recorder.of(TaskFailed) if not event.is_like_others]
    assert len(told) == 1, "the sixth was ended with the job"
    assert len(recorder.of(TaskFailed)) == 6

    # Another machine comes later.
    again = Recorder()
    assert watch_to_end(job, batch, storage, again).alike == outcome.alike
    assert again.of(FailedAlike) == recorder.of(FailedAlike)
    assert [event.is_like_others for event in again.of(TaskFailed)].count(False) == 1


def looked_at(job: str, batch: Batch, storage: Storage, recorder: Recorder, looks: int = 2) -> None:
    """Watch a job for so many looks, as a user who then stops."""
    left = iter(range(looks - 1))

    def stop(_seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedByUser):
        watch_to_end(job, batch, storage, recorder, Watching(pause=stop))


def test_a_job_that_still_gets_tasks_is_left_to_who_adds_them(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    job = job_of(service, "watch-fed", SLOWX)
    recorder = Recorder()
    looked_at(job, batch, storage, recorder)
    assert require_job(job, batch).state == "active"
    (told,) = recorder.of(FailedAlike)
    assert (told.same.tasks, told.same.stopped) == (5, False), "told to who stops watching, too"


def test_a_job_of_files_that_cant_be_opened_goes_on(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    job = job_of(service, "watch-unopened", UNOPENED)
    batch.jobs.end_after_tasks(job)
    recorder = Recorder()
    looked_at(job, batch, storage, recorder)
    assert require_job(job, batch).state == "active"
    assert [event.is_like_others for event in recorder.of(TaskFailed)] == [False] * 5
    assert recorder.of(FailedAlike) == []


def test_who_may_not_stop_a_job_is_told_and_goes_on_watching(
    service: BatchClient, batch: Batch, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(service, "watch-refused", SLOWX)
    batch.jobs.end_after_tasks(job)

    def refuse(_job: str, _reason: str) -> None:
        raise NotAllowedError("no role lets you end jobs")

    monkeypatch.setattr(batch.jobs, "terminate", refuse)
    recorder = Recorder()
    looked_at(job, batch, storage, recorder)
    (warned,) = recorder.of(Warned)
    assert warned.message == f"job {job} isn't stopped: no role lets you end jobs"
    (told,) = recorder.of(FailedAlike)
    assert not told.same.stopped


def test_a_job_that_ended_by_itself_tells_once_what_failed_alike(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "watch-over")
    make_job(service, "watch-over", "watch-over", *[SLOWX] * 3, ours=True)
    wait_for_end(service, "watch-over", "task-0", "task-1", "task-2")
    batch.jobs.end_after_tasks("watch-over")
    wait_until(lambda: require_job("watch-over", batch).state == "completed")
    recorder = Recorder()
    outcome = watch_to_end("watch-over", batch, storage, recorder)
    (same,) = outcome.alike
    assert (same.tasks, same.stopped) == (3, False)
    assert recorder.of(FailedAlike) == [FailedAlike("watch-over", same)]


def test_one_success_has_each_failure_told(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "watch-mixed", slots=1)
    commands = [SLOWX, SLOWX, SLOWX, "true"]
    make_job(service, "watch-mixed", "watch-mixed", *commands, ours=True)
    wait_for_end(service, "watch-mixed", *(f"task-{number}" for number in range(4)))
    batch.jobs.end_after_tasks("watch-mixed")
    recorder = Recorder()
    outcome = watch_to_end("watch-mixed", batch, storage, recorder)
    assert outcome.alike == ()
    held = [event.failure for event in recorder.of(TaskFailed) if event.is_like_others]
    released = [each for event in recorder.of(FailuresReleased) for each in event.failures]
    assert released == held
    assert len(recorder.of(TaskFailed)) == 3
