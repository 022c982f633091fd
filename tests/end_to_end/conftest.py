"""What several tests of commands together start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator import launch


@pytest.fixture
def own_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An emulator with nothing in it, as the account, and a working folder."""
    root = tmp_path / "emulator"
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    connection = launch.start(root)
    for name, value in connection.environment().items():
        monkeypatch.setenv(name, value)
    yield
    launch.stop(root)
