from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.state.store.database import Database, Where
from batchff.emulator.state.store.processes import Processes


def test_a_transaction_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    processes = Processes(database)

    with pytest.raises(RuntimeError), database.transaction():
        processes.add(1, "a")
        with database.transaction():
            processes.add(2, "b")
        raise RuntimeError
    assert processes.all() == []

    with database.transaction():
        processes.add(3, "c")
    assert processes.all() == [(3, "c")]
    database.close()


def test_conditions_are_joined_with_their_values_in_order() -> None:
    narrowed = Where("job = ? OR job = ?", (1, 2)).also(Where("state = ?", ("active",)))

    assert narrowed == Where("(job = ? OR job = ?) AND (state = ?)", (1, 2, "active"))
    assert narrowed.also(None) is narrowed
