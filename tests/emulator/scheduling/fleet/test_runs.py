from __future__ import annotations

import asyncio
from dataclasses import replace

from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.scheduling.fleet.runs import Runs, outcome_of, seconds_of
from tests.emulator.scheduling.fleet.test_free_slots import member_of, run_on


def test_a_run_is_found_by_its_task_and_its_job() -> None:
    run = run_on(member_of("pool", 1, packed=False), 1)
    runs = Runs()
    runs.add(run)

    assert runs.of_task(run.task) is run
    assert runs.of_job(run.job) == [run]
    assert runs.any_of(run.job)
    runs.remove(run)
    assert (len(runs), runs.any_of(run.job)) == (0, False)


def test_a_task_made_again_is_another_but_its_directory_is_taken() -> None:
    run = run_on(member_of("pool", 1, packed=False), 1)
    again = replace(run.task, seq=run.task.seq + 1)
    runs = Runs()
    runs.add(run)

    assert runs.of_task(again) is None
    assert runs.is_taken(again)


def test_an_error_of_the_emulator_is_the_tasks_failure() -> None:
    async def broken() -> Outcome:
        raise ValueError("a mistake")

    async def scenario() -> Outcome:
        work = asyncio.ensure_future(broken())
        await asyncio.wait({work})
        return outcome_of(work, "task t")

    outcome = asyncio.run(scenario())
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.category) == ("InternalError", "ServerError")


def test_a_time_limit_is_in_seconds_or_none() -> None:
    assert seconds_of("PT1M30S") == 90
    assert seconds_of("P10675199DT2H48M5.4775807S") is None
