from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser
from batchff.events import Notice, Warned
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.submit.wait import wait_for_alike
from tests.pipeline.planned import add_tasks
from tests.pipeline.recorder import Recorder
from tests.pipeline.submissions import make_job_of, submission_of

NUMBERS = count()


@pytest.fixture
def running(
    tmp_path: Path, batch: Batch, storage: Storage, service: BatchClient
) -> Iterator[JobPlan]:
    """The plan of a job that waits for nodes, with a task."""
    submission = submission_of(f"waits{next(NUMBERS)}-mp3-first", tmp_path)
    make_job_of(submission, batch, storage)
    add_tasks(service, submission.plan.job, one="sh -c true")
    yield submission.plan
    service.begin_delete_job(submission.plan.job)


def messages(recorder: Recorder) -> list[str]:
    return [event.message for event in recorder.events if isinstance(event, Notice | Warned)]


def following(plan: JobPlan) -> JobPlan:
    """A plan of the same source with another file, whose job doesn't exist."""
    return replace(plan, job=plan.job.replace("first", "second"))


def test_a_job_that_ends_is_waited_for(running: JobPlan, batch: Batch) -> None:
    recorder = Recorder()
    assert wait_for_alike(
        following(running),
        batch,
        recorder,
        pause=lambda _: batch.jobs.terminate(running.job, "BatchffStop"),
    )
    (said,) = messages(recorder)
    assert said == f"job {running.job} is encoding files of this source: waiting for what it makes"


def test_a_job_that_never_runs_is_not_waited_for_for_ever(running: JobPlan, batch: Batch) -> None:
    recorder, pauses = Recorder(), list[float]()
    assert wait_for_alike(following(running), batch, recorder, pause=pauses.append)
    assert 600 <= sum(pauses) < 700
    assert "nothing of job" in messages(recorder)[-1]
    assert f"batchff job show {running.job}" in messages(recorder)[-1]


def test_nothing_is_waited_for_where_no_job_is_alike(running: JobPlan, batch: Batch) -> None:
    plan = following(running)
    assert not wait_for_alike(running, batch, Recorder())
    assert not wait_for_alike(replace(plan, arguments="others"), batch, Recorder())
    assert not wait_for_alike(replace(plan, input_set="another"), batch, Recorder())


def test_ctrl_c_leaves_the_other_job_alone(running: JobPlan, batch: Batch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(InterruptedByUser, match="goes on"):
        wait_for_alike(following(running), batch, Recorder(), pause=interrupt)
    job = batch.jobs.get(running.job)
    assert job is not None
    assert job.state == "active"
