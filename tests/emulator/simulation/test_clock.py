from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from batchff.emulator.simulation.clock import FastClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STEP = timedelta(seconds=2)
"""By how much a sleep may be too long where the clock runs 1,000 times as fast."""


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


async def begun(clock: FastClock, seconds: float) -> tuple[asyncio.Future[None], datetime]:
    """Begin a sleep; give it, and when at the latest it's due: the clock runs while it's begun."""
    sleep = asyncio.ensure_future(clock.sleep(seconds))
    await asyncio.sleep(0)
    return sleep, clock.now() + timedelta(seconds=seconds)


def be_busy(seconds: float) -> None:
    """Keep the event loop from doing anything else."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_an_hour_passes_in_seconds() -> None:
    async def work() -> None:
        clock = FastClock(10_000, NOON)
        began = time.monotonic()

        await clock.sleep(3600)

        assert 0.3 < time.monotonic() - began < 5
        assert timedelta(hours=1) <= clock.now() - NOON < timedelta(hours=1, seconds=60)

    run(work())


def test_a_busy_machine_makes_the_clock_slower_and_no_sleep_longer() -> None:
    async def work() -> None:
        clock = FastClock(1000, NOON)
        for _ in range(5):
            before = clock.now()
            sleep, due = await begun(clock, 10)
            await sleep
            assert before + timedelta(seconds=10) <= clock.now() <= due + STEP
            be_busy(0.05)

    run(work())


def test_time_does_not_pass_those_who_are_still_to_be_woken() -> None:
    async def work() -> None:
        clock = FastClock(1000, NOON)
        sleep, due = await begun(clock, 10)

        be_busy(0.05)

        assert clock.now() <= due
        await sleep

    run(work())


def test_thousands_are_woken_in_their_order_none_too_early_and_none_much_too_late() -> None:
    async def work() -> None:
        clock = FastClock(1000, NOON)
        woken: list[datetime] = []
        begin = asyncio.Event()

        async def sleep(seconds: float) -> None:
            await begin.wait()
            due = clock.now() + timedelta(seconds=seconds)
            await clock.sleep(seconds)
            assert timedelta() <= clock.now() - due <= STEP
            woken.append(due)

        times = (1 + number * 7919 % 5000 / 25 for number in range(5000))
        sleeps = [asyncio.ensure_future(sleep(seconds)) for seconds in times]
        await clock.sleep(1)
        begin.set()
        await asyncio.gather(*sleeps)

        assert len(woken) == 5000
        assert woken == sorted(woken)

    run(work())


def test_a_sleep_that_is_given_up_wakes_nobody_and_holds_nothing_up() -> None:
    async def work() -> None:
        clock = FastClock(1000, NOON)
        given_up = asyncio.ensure_future(clock.sleep(1))
        await asyncio.sleep(0)
        given_up.cancel()

        await clock.sleep(20)

        assert given_up.cancelled()
        assert clock.now() >= NOON + timedelta(seconds=20)

    run(work())


def test_it_stands_still_while_work_is_left_that_takes_many_turns() -> None:
    async def work() -> None:
        clock = FastClock(1000, NOON)
        left = 100
        clock.stand_while(lambda: left > 0)
        first, _ = await begun(clock, 10)
        second, due = await begun(clock, 20)

        await first
        then = clock.now()
        while left:
            assert clock.now() == then
            be_busy(0.001)
            await asyncio.sleep(0)
            left -= 1

        await second
        assert clock.now() <= due + STEP

    run(work())


def test_it_goes_on_from_a_later_time_but_never_back() -> None:
    clock = FastClock(1, NOON)
    clock.put_forward(NOON - timedelta(days=1))
    assert NOON <= clock.now() < NOON + timedelta(minutes=1)

    clock.put_forward(NOON + timedelta(days=1))
    assert clock.now() >= NOON + timedelta(days=1)
