from __future__ import annotations

from batchff.emulator.nodes.layout import directory_of, task_directory


def test_a_jobs_tasks_are_in_its_first_job_folder() -> None:
    assert task_directory("encode", "a") == "workitems/encode/job-1/a"


def test_the_jobs_of_a_schedule_share_a_folder() -> None:
    assert task_directory("nightly:job-12", "a") == "workitems/nightly/job-12/a"


def test_deleting_a_job_or_a_schedule_leaves_the_others() -> None:
    assert directory_of("encode") == "workitems/encode"
    assert directory_of("nightly") == "workitems/nightly"
    assert directory_of("nightly:job-12") == "workitems/nightly/job-12"
