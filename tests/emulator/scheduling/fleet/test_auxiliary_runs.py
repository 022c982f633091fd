from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.nodes.node import NodeDirectory
from batchff.emulator.scheduling.fleet.auxiliary_runs import AuxiliaryRuns, auxiliary_command
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.loops.background import Background
from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState
from tests.emulator.scheduling.fleet.test_free_slots import member_of
from tests.emulator.scheduling.scene import ManualClock

DONE = Outcome(0, None)
JOB = Job("job", "job", "pool", {}, JobState.ACTIVE, 0, 0, 0, 0, seq=1)


class Scene:
    """Runs of one kind, and what was noted of their ends."""

    def __init__(self) -> None:
        self.noted: list[Outcome | None] = []
        self.ended: list[Job] = []
        self.background = Background()
        self.runs = AuxiliaryRuns(self.background, ManualClock(), self.ended.append)
        self.member = member_of("pool", 1, packed=False)

    def begin(self, member: Member | None = None, outcome: Outcome | None = None) -> None:
        """Begin a run that ends with an outcome, or never by itself."""

        async def work() -> Outcome:
            if outcome is None:
                await asyncio.Event().wait()
                raise AssertionError
            return outcome

        self.runs.begin(JOB, member or self.member, work(), self.noted.append)


def play(scenario: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        scene = Scene()
        await scenario(scene)
        await scene.runs.stop()
        scene.background.cancel()
        await scene.background.ended()

    asyncio.run(run())


def test_an_end_is_noted_before_anyone_hears_of_it() -> None:
    async def scenario(scene: Scene) -> None:
        scene.begin(outcome=DONE)
        run = scene.runs.find(JOB, scene.member)
        assert run is not None and scene.runs.any_of(JOB)

        await run.over.wait()

        assert (scene.noted, scene.ended) == ([DONE], [JOB])
        assert not scene.runs.any_of(JOB)
        assert scene.runs.find(JOB, scene.member) is None

    play(scenario)


def test_one_that_is_cancelled_has_no_outcome() -> None:
    async def scenario(scene: Scene) -> None:
        scene.begin()
        run = scene.runs.find(JOB, scene.member)
        assert run is not None
        scene.runs.cancel(JOB)
        await run.over.wait()
        assert (scene.noted, scene.ended) == ([None], [JOB])

    play(scenario)


def test_what_runs_on_one_node_is_ended_and_the_others_go_on() -> None:
    async def scenario(scene: Scene) -> None:
        other = member_of("pool", 2, packed=False)
        scene.begin()
        scene.begin(other)

        await scene.runs.end_on(scene.member)

        assert scene.noted == [None]
        assert [run.member for run in scene.runs] == [other]
        assert len(scene.runs) == 1

    play(scenario)


def test_when_the_service_stops_nothing_is_noted() -> None:
    async def scenario(scene: Scene) -> None:
        scene.begin()
        await scene.runs.stop()
        assert (scene.noted, scene.ended) == ([], [])

    play(scenario)


def test_a_mistake_of_the_emulator_is_noted_as_a_failure() -> None:
    async def scenario(scene: Scene) -> None:
        async def broken() -> Outcome:
            raise ValueError("a mistake")

        run = scene.runs.begin(JOB, scene.member, broken(), scene.noted.append)
        await run.over.wait()
        (outcome,) = scene.noted
        assert outcome is not None and outcome.failure is not None
        assert outcome.failure.code == "InternalError"

    play(scenario)


def test_a_command_has_the_jobs_settings_and_then_its_own(tmp_path: Path) -> None:
    member = member_of("pool", 1, packed=False)
    member.identity = replace(
        member.identity, directory=NodeDirectory(tmp_path / "node"), programs=tmp_path
    )
    settings = [{"name": "A", "value": "job"}, {"name": "B", "value": "job"}]
    job = replace(JOB, document={"commonEnvironmentSettings": settings})
    task = {
        "id": "release",
        "commandLine": "rm -r $A",
        "environmentSettings": [{"name": "B", "value": "task"}],
    }

    command = auxiliary_command(member, job, task, "PT1M", preparation="prepare")

    assert (command.line, command.time_limit) == ("rm -r $A", 60)
    assert (command.environment["A"], command.environment["B"]) == ("job", "task")
    assert command.environment["AZ_BATCH_JOB_PREP_DIR"].endswith("/job/job-1/prepare")
    assert command.place.root == tmp_path / "node/workitems/job/job-1/release"
