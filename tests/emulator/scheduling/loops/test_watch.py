from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

from batchff.emulator.scheduling.loops.watch import Watch
from tests.emulator.scheduling.scene import ManualClock


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def looks(
    answer: Callable[[int], float | None], *steps: Callable[[Watch, ManualClock], None]
) -> list[int]:
    """Return how many looks there were at first and after each step."""
    counts: list[int] = []
    number = 0

    def look() -> float | None:
        nonlocal number
        number += 1
        return answer(number)

    async def run() -> None:
        clock = ManualClock()
        watch = Watch(clock, look)
        running = asyncio.ensure_future(watch.run())
        await settle()
        counts.append(number)
        for step in steps:
            step(watch, clock)
            await settle()
            counts.append(number)
        running.cancel()

    asyncio.run(run())
    return counts


def test_it_looks_when_time_has_passed_or_something_has_changed() -> None:
    assert looks(
        lambda _: 30,
        lambda _, clock: clock.advance(seconds=29),
        lambda _, clock: clock.advance(seconds=1),
        lambda watch, _: watch.look_again(),
    ) == [1, 1, 2, 3]


def test_it_looks_each_minute_at_least() -> None:
    assert looks(lambda _: 3600, lambda _, clock: clock.advance(seconds=60)) == [1, 2]


def test_without_a_time_it_waits_for_a_change() -> None:
    assert looks(
        lambda _: None,
        lambda _, clock: clock.advance(hours=1),
        lambda watch, _: watch.look_again(),
    ) == [1, 1, 2]


def test_it_goes_on_after_the_store_could_not_be_used() -> None:
    def answer(number: int) -> float:
        if number == 1:
            raise sqlite3.OperationalError("database or disk is full")
        return 30

    assert looks(answer, lambda _, clock: clock.advance(seconds=60)) == [1, 2]
