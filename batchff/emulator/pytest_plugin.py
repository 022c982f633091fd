"""A fixture for other people's tests: an account of Azure Batch and Blob Storage for each test.

In a conftest.py: `pytest_plugins = ["batchff.emulator.pytest_plugin"]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from batchff.emulator.in_thread import EmulatorThread
from batchff.emulator.launch.connection import Connection
from batchff.emulator.options import ServiceOptions


class _Emulators:
    """Emulators in threads, each in a folder of its own; the next one is started ahead."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._workers = ThreadPoolExecutor(thread_name_prefix="emulators")
        self._ending: list[Future[None]] = []
        self._next = self._started_ahead()

    def take(self) -> EmulatorThread:
        """Return one that runs; raise what its start failed with."""
        taken = self._next.result()
        self._next = self._started_ahead()
        return taken

    def give_back(self, emulator: EmulatorThread) -> None:
        """End one, while the next test runs."""
        self._ending.append(self._workers.submit(emulator.stop))

    def end(self) -> None:
        """End all; raise what the end of one failed with."""
        self.give_back(self._next.result())
        self._workers.shutdown()
        for each in self._ending:
            each.result()

    def _started_ahead(self) -> Future[EmulatorThread]:
        folder = Path(self._folders.mktemp("azure"), "emulator")
        return self._workers.submit(_started, folder)


def _started(folder: Path) -> EmulatorThread:
    emulator = EmulatorThread(folder, ServiceOptions(idle_seconds=None))
    emulator.start()
    return emulator


@pytest.fixture(scope="session")
def _azure_emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Emulators]:
    emulators = _Emulators(tmp_path_factory)
    yield emulators
    emulators.end()


@pytest.fixture
def azure_emulator(_azure_emulators: _Emulators) -> Iterator[Connection]:
    """Give a running emulator that no other test sees: its endpoints, accounts and keys.

    `environment()` has them as the variables that Azure's programs read.
    """
    emulator = _azure_emulators.take()
    yield emulator.connection()
    _azure_emulators.give_back(emulator)
