from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing

import pytest

from batchff.emulator.scheduling.loops.background import until_stored
from tests.emulator.scheduling.scene import ManualClock


def test_a_full_disk_is_told_once_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(store: sqlite3.Connection) -> None:
        clock = ManualClock()
        stored = asyncio.ensure_future(
            until_stored(lambda: store.execute("INSERT INTO t VALUES (zeroblob(100000))"), clock)
        )
        for _ in range(3):
            await asyncio.sleep(0)
            assert clock.waits_for(seconds=5)
            clock.advance(seconds=5)
        await asyncio.sleep(0)

        store.execute("PRAGMA max_page_count = 1000")
        clock.advance(seconds=5)
        await stored

    caplog.set_level(logging.INFO, "batchff.emulator")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as store:
        store.execute("CREATE TABLE t (value BLOB)")
        store.execute("PRAGMA max_page_count = 2")
        asyncio.run(scenario(store))
        assert store.execute("SELECT count(*) FROM t").fetchone() == (1,)

    assert caplog.messages == [
        "the store can't be written (database or disk is full); trying again until it can",
        "the store can be written again",
    ]
