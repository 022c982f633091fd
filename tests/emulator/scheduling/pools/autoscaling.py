"""Pools that scale themselves, in a scene whose time passes from one sample to the next."""

from __future__ import annotations

from typing import Any

from batchff.emulator.autoscale.parser import parse
from batchff.emulator.state.model import Pool
from tests.emulator.scheduling.scene import Scene


def scaling(
    scene: Scene, formula: str, interval: str = "PT5M", pool_id: str = "pool", **fields: Any
) -> Pool:
    settings: dict[str, Any] = {
        "enableAutoScale": True,
        "autoScaleFormula": formula,
        "autoScaleEvaluationInterval": interval,
    }
    return scene.pool(pool_id, nodes=0, **settings, **fields)


def pool_now(scene: Scene, pool_id: str = "pool") -> Pool:
    pool = scene.store.pools.find(pool_id)
    assert pool is not None
    return pool


async def run_at(scene: Scene, seconds: int, pool_id: str = "pool") -> dict[str, Any]:
    """Wait for the run of a pool so many seconds after midnight, when scenes begin."""
    minutes = seconds // 60
    moment = f"{minutes // 60:02}:{minutes % 60:02}:{seconds % 60:02}"
    time = f"{scene.clock.now():%Y-%m-%d}T{moment}."

    def run() -> dict[str, Any] | None:
        found = pool_now(scene, pool_id).autoscale_run
        return found if found is not None and found["timestamp"].startswith(time) else None

    found: dict[str, Any] = await scene.until(run)
    return found


async def advance(scene: Scene, seconds: int, pool_id: str = "pool") -> None:
    """Let time pass as fast as the pool is sampled, and a little more for ticks that were given."""
    count = parse("count = $SampleNodeCount.Count()")

    def samples() -> int:
        run = scene.scheduler.autoscaler.try_formula(pool_now(scene, pool_id), count)
        return int(value_of(run, "count"))

    async def step() -> None:
        await scene.settle()  # so that it's known until when the next sample is waited for
        before = samples()
        scene.clock.advance(seconds=30)
        await scene.until(lambda: samples() > before)

    await scene.until(samples)
    for _ in range(seconds // 30):
        await step()
    scene.clock.advance(milliseconds=1)


def value_of(run: dict[str, Any], name: str) -> str:
    return str(dict(pair.split("=") for pair in run["results"].split(";"))[name])
