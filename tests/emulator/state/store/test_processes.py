from __future__ import annotations

import logging

import pytest

from batchff.emulator.state.store import Store


def test_what_was_started_is_known_until_it_has_ended(store: Store) -> None:
    store.processes.add(10, "first")
    store.processes.add(11, "other")
    store.processes.add(10, "second")
    store.processes.remove(11)

    assert store.processes.all() == [(10, "second")]
    store.processes.clear()
    assert store.processes.all() == []


def test_a_full_disk_is_logged_and_stops_no_process(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store._database.connection.execute("PRAGMA query_only = ON")

    with caplog.at_level(logging.WARNING):
        store.processes.add(10, "first")

    assert "could not be written" in caplog.text
    assert store.processes.all() == []
