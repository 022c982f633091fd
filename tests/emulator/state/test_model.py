from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.model import Failure, Job, JobSchedule, Task
from batchff.emulator.state.states import JobScheduleState, JobState, TaskState

SCHEDULE = JobSchedule("nightly", "Nightly", {}, JobScheduleState.ACTIVE, 0, 0, 0, None)
JOB = Job("j", "j", "p", {"jobManagerTask": {"id": "Manager"}}, JobState.ACTIVE, 0, 0, 0, 0)


def task(name: str) -> Task:
    return Task(1, name.lower(), name, {}, TaskState.ACTIVE, 0, 0, 0, required_slots=1)


def test_a_schedule_names_its_jobs_by_their_number() -> None:
    assert SCHEDULE.recent_job is None
    assert replace(SCHEDULE, jobs=3).recent_job == "Nightly:job-3"


def test_a_job_manager_task_is_known_by_its_id_whatever_its_case() -> None:
    assert JOB.is_managed_by(task("MANAGER"))
    assert not JOB.is_managed_by(task("managers"))
    assert not replace(JOB, document={}).is_managed_by(task("manager"))


def test_a_failure_always_has_details() -> None:
    plain = Failure("TaskEnded", "it was ended")
    assert plain.document() == {
        "category": "UserError",
        "code": "TaskEnded",
        "message": "it was ended",
        "details": [{"name": "Message", "value": "it was ended"}],
    }
    assert replace(plain, details=(("FilePath", "a"),)).document()["details"] == [
        {"name": "FilePath", "value": "a"}
    ]
