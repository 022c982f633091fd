"""A store of its own for each test, on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator.state.store import Store, open_store
from tests.emulator.scheduling.scene import ManualClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "batch.db", ManualClock())
    yield store
    store.close()
