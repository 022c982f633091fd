from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.state.model import Job
from batchff.emulator.state.states import JobState
from batchff.emulator.state.store.job_creation import create_job
from tests.emulator.examples import pool_document
from tests.emulator.scheduling.scene import Scene, play


def job_with_pool(scene: Scene, keep: bool) -> Job:
    pool = pool_document("unused", targetDedicatedNodes=1)
    del pool["id"]
    specification = {"poolLifetimeOption": "job", "keepAlive": keep, "pool": pool}
    body = {"id": "job", "poolInfo": {"autoPoolSpecification": specification}}
    job = create_job(scene.store, body, scene.store.tick())
    scene.scheduler.job_made(job)
    return job


@pytest.mark.parametrize("keep", [False, True])
def test_a_jobs_own_pool_goes_with_it_unless_it_is_kept(tmp_path: Path, keep: bool) -> None:
    async def scenario(scene: Scene) -> None:
        job = job_with_pool(scene, keep)
        scene.task(job)
        await scene.until(lambda: scene.task_now(job).ended is not None)

        scene.scheduler.jobs.terminate(scene.job_now(), "UserTerminate")
        await scene.until(lambda: scene.job_now().state is JobState.COMPLETED)

        if keep:
            assert [pool.id for pool in scene.store.pools.all()] == [job.auto_pool]
        else:
            await scene.until(lambda: not scene.store.pools.all())

    play(tmp_path, scenario)
