from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.scheduling.fleet.member import Ending, Member, Run
from batchff.emulator.state.states import Deallocation, NodeState, Scheduling
from tests.emulator.scheduling.fleet.test_free_slots import SLOTS, member_of, run_on


def idle_member() -> Member:
    member = member_of("Pool", 1, packed=False)
    member.node = replace(member.node, state=NodeState.IDLE)
    return member


def test_only_a_node_that_is_ready_and_may_take_tasks_has_free_slots() -> None:
    member = idle_member()
    assert (member.pool, member.free) == ("pool", SLOTS)

    member.node = replace(member.node, scheduling=Scheduling.DISABLED)
    assert (member.ready, member.free) == (True, 0)

    member = idle_member()
    member.leaving = Deallocation.TASK_COMPLETION
    assert (member.ready, member.free) == (False, 0)


def test_a_run_takes_slots_until_it_is_forgotten() -> None:
    member = idle_member()
    changes: list[int] = []
    member.on_change = lambda changed: changes.append(changed.free)
    run = run_on(member, 3)

    member.take(run)
    member.forget(run)

    assert changes == [SLOTS - 3, SLOTS]


def test_a_node_is_empty_once_its_last_run_is_over() -> None:
    async def scenario() -> None:
        member = idle_member()
        runs = [run_on(member, 1), run_on(member, 2)]
        for run in runs:
            member.take(run)
        emptied = asyncio.ensure_future(member.emptied())
        await asyncio.sleep(0)
        member.forget(runs[0])
        await asyncio.sleep(0)
        assert not emptied.done()
        member.forget(runs[1])
        await emptied

    asyncio.run(scenario())


async def endless() -> Outcome:
    await asyncio.Event().wait()
    return Outcome(0, None)


@pytest.mark.parametrize("second", [Ending.TERMINATE, Ending.ABANDON])
def test_the_first_reason_to_stop_a_run_counts(second: Ending) -> None:
    async def scenario() -> None:
        run: Run = run_on(idle_member(), 1)
        run.stop(Ending.REQUEUE)
        assert run.ending is None  # it doesn't run yet

        run.work = asyncio.get_running_loop().create_task(endless())
        run.stop(Ending.REQUEUE)
        run.stop(second)
        assert run.ending is Ending.REQUEUE

    asyncio.run(scenario())
