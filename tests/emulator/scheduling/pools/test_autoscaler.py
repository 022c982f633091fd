from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.emulator.scheduling.scheduler import SchedulerOptions
from batchff.emulator.state.states import JobState, TaskState
from batchff.emulator.state.store.waiting_tasks import save_completed
from batchff.emulator.state.transitions import job_moved, task_completed
from tests.emulator.autoscale.situations import BATCHFF
from tests.emulator.scheduling.pools.autoscaling import advance, pool_now, run_at, scaling, value_of
from tests.emulator.scheduling.scene import Scene, play

NO_NODES = "$TargetDedicatedNodes = 0;"


def test_samples_are_taken_every_thirty_seconds(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scaling(
            scene,
            NO_NODES + "seen = $PendingTasks.GetSample(TimeInterval_Minute * 5);"
            "known = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5)",
        )
        first = await run_at(scene, 0)
        assert (value_of(first, "seen"), value_of(first, "known")) == ("[0]", "10")

        await advance(scene, 120)
        scene.task(scene.job())
        await advance(scene, 180)

        second = await run_at(scene, 300)
        assert value_of(second, "seen") == "[0,0,0,0,1,1,1,1,1,1]"
        assert value_of(second, "known") == "100"

    play(tmp_path, scenario)


def test_a_formula_is_worked_out_when_its_interval_is_over(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scaling(scene, NO_NODES + "now = time()", pool_id="often")
        scaling(scene, NO_NODES + "now = time()", "PT15M", pool_id="seldom")
        rare = await run_at(scene, 0, "seldom")

        await advance(scene, 600, "often")

        often = await run_at(scene, 600, "often")
        assert value_of(often, "now").startswith("2026-11-22T00:10:00.")
        assert pool_now(scene, "seldom").autoscale_run == rare

    play(tmp_path, scenario)


def test_tasks_that_will_not_run_are_not_pending(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scaling(
            scene,
            NO_NODES + "active = $ActiveTasks; failed = $FailedTasks; done = $SucceededTasks;",
        )
        scene.pool("other", nodes=1)
        ended, going, elsewhere = scene.job("ended"), scene.job("going"), scene.job("e", "other")
        for job in (ended, going, elsewhere):
            scene.task(job)
        await scene.state(elsewhere, TaskState.COMPLETED)
        moved = job_moved(ended, JobState.COMPLETED, scene.store.tick())
        scene.store.jobs.save(moved)

        await advance(scene, 300)

        run = await run_at(scene, 300)
        assert [value_of(run, name) for name in ("active", "failed", "done")] == ["1", "0", "0"]

    play(tmp_path, scenario)


def test_tasks_that_wait_for_others_are_not_pending(tmp_path: Path) -> None:
    formula = NO_NODES + "active = $ActiveTasks; pending = $PendingTasks;"

    async def scenario(scene: Scene) -> None:
        scaling(scene, formula, "PT5M")
        job = scene.job(usesTaskDependencies=True)
        scene.task(job, "chunk-1")
        scene.task(job, "chunk-2")
        scene.task(job, "join", dependsOn={"taskIds": ["chunk-1", "chunk-2"]})
        scene.task(job, "report", dependsOn={"taskIds": ["join"]})

        await advance(scene, 300)

        run = await run_at(scene, 300)
        assert [value_of(run, name) for name in ("active", "pending")] == ["2", "2"]
        active = {each.state: each.tasks for each in scene.store.tasks.tally(job)}
        assert active == {TaskState.ACTIVE: 4}

        for task in ("chunk-1", "chunk-2"):
            found = scene.store.tasks.find(job, task)
            assert found is not None
            done = task_completed(found, 0, None, scene.store.tick())
            save_completed(scene.store, found, done)
        await advance(scene, 300)

        run = await run_at(scene, 600)
        assert [value_of(run, name) for name in ("active", "pending")] == ["1", "1"]

    play(tmp_path, scenario)


def test_what_the_quota_kept_back_is_asked_for_again(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool("first", nodes=2)
        scaling(scene, "$TargetDedicatedNodes = 2")
        await run_at(scene, 0)
        assert [error["code"] for error in pool_now(scene).resize_errors] == [
            "AccountCoreQuotaReached"
        ]
        assert (pool_now(scene).target_dedicated, scene.nodes()) == (2, [])

        first = scene.store.pools.find("first")
        assert first is not None
        scene.store.pools.save(replace(first, state="deleting"))  # type: ignore[arg-type]
        scene.scheduler.pool_changed("first")
        await scene.until(lambda: scene.store.pools.find("first") is None)
        await advance(scene, 300)

        await run_at(scene, 300)
        assert len(scene.nodes()) == 2
        assert pool_now(scene).resize_errors == []

    play(tmp_path, scenario, SchedulerOptions(core_quota=4))


def test_a_pool_goes_on_scaling_after_a_restart(tmp_path: Path) -> None:
    async def first_life(scene: Scene) -> None:
        scaling(scene, BATCHFF)
        await run_at(scene, 0)
        scene.task(scene.job(), command="sleep 600")
        await advance(scene, 300)
        await scene.state(scene.job_now(), TaskState.RUNNING)

    async def second_life(scene: Scene) -> None:
        pool = pool_now(scene)
        scene.store.pools.save(replace(pool, autoscale_due=scene.store.tick()))
        scene.scheduler.autoscaler.pools_changed()

        await scene.until(lambda: pool_now(scene).autoscale_run != pool.autoscale_run)

        assert pool_now(scene).target_dedicated == 1, "what is pending was seen at once"
        await scene.state(scene.job_now(), TaskState.RUNNING)

    play(tmp_path, first_life)
    play(tmp_path, second_life)


def test_a_task_keeps_the_service_busy_if_its_pool_may_grow(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        scene.pool("fixed", nodes=0)
        scene.task(scene.job("waiting", "fixed"))
        assert not scene.scheduler.is_busy

        scaling(scene, NO_NODES)
        scene.task(scene.job())
        assert scene.scheduler.is_busy

    play(tmp_path, scenario)
