from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchff.events import Warned
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.pipeline.watch import idle as idle_module
from batchff.pipeline.watch.idle import IdleJob
from tests.pipeline.recorder import Recorder

CREATED = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_job_of_another_program_is_over_when_its_tasks_have_ended() -> None:
    recorder = Recorder()
    idle = IdleJob(JobStatus("theirs", "active", "p", {}, CREATED), recorder)
    assert not idle.look(0)
    assert idle.look(3)
    assert recorder.events == []


def test_a_job_that_lacks_tasks_is_warned_of_once_when_none_comes_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = JobFacts(files=3, tasks=3)
    recorder = Recorder()
    idle = IdleJob(JobStatus("tour", "active", "p", {}, CREATED, batchff=facts), recorder)
    assert not idle.look(1)
    assert recorder.events == []
    monkeypatch.setattr(idle_module, "_QUIET_SECONDS_BEFORE_WARNING", -1.0)
    for _ in range(3):
        assert not idle.look(1)
    (warned,) = recorder.of(Warned)
    assert warned.message == (
        "1 of 3 tasks are in the job and none is left to run; "
        "if its submit was interrupted, the same command continues it"
    )
