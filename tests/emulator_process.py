"""Emulators for tests: real ones, in processes of their own, on free ports of loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchff.emulator import launch
from batchff.emulator.launch import Connection


@contextmanager
def running_emulator(root: Path) -> Iterator[Connection]:
    """Run an emulator on a folder; it ends with the block."""
    try:
        yield launch.start(root)
    finally:
        launch.stop(root)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """An emulator that a worker's tests share: what they make in it needs names of its own."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as connection:
        yield connection


@pytest.fixture
def fresh_emulator(tmp_path: Path) -> Iterator[Connection]:
    """An emulator for one test, with nothing in it."""
    with running_emulator(tmp_path / "emulator") as connection:
        yield connection
