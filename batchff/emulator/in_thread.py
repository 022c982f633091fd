"""The emulator within another Python process, in a thread of its own: for tests."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.connection import Connection
from batchff.emulator.launch.launch import find
from batchff.emulator.options import ServiceOptions
from batchff.emulator.root import Root, open_root

if TYPE_CHECKING:
    from batchff.emulator.clock import Clock
    from batchff.emulator.service import Service

_DEADLINE_SECONDS = 30.0
_LOOK_SECONDS = 0.005


class EmulatorThread:
    """An emulator that runs on a folder from `start` until `stop`."""

    def __init__(
        self, folder: Path, options: ServiceOptions | None = None, clock: Clock | None = None
    ) -> None:
        self._options = options or ServiceOptions()
        self._clock = clock
        self.root: Root = open_root(folder, simulated=self._options.simulation is not None)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: Service | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="emulator", daemon=True)

    def start(self) -> None:
        """Start it, and return when it answers; raise what its start failed with."""
        self._thread.start()
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not self.root.running_file.exists():
            if self._failure is not None:
                raise self._failure
            if time.monotonic() > deadline:
                raise EmulatorError(f"The emulator on {self.root.path} doesn't answer")
            time.sleep(_LOOK_SECONDS)

    def connection(self) -> Connection:
        """Return what a client needs to use it."""
        found = find(self.root.path)
        if found is None:
            raise EmulatorError(f"No emulator runs on {self.root.path}")
        return found

    def stop(self) -> None:
        """Stop it, wait for its end and that of all its tasks, and raise what it failed with."""
        if self._loop is not None and self._service is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._service.stop)
        if self._thread.ident is not None:
            self._thread.join(_DEADLINE_SECONDS)
        if self._failure is not None:
            raise self._failure
        if self._thread.is_alive():
            raise EmulatorError(f"The emulator on {self.root.path} doesn't end")

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # whoever started it is told
            self._failure = error

    async def _run(self) -> None:
        from batchff.emulator.service import Service

        service = Service(self.root, self._options, self._clock)
        self._loop, self._service = asyncio.get_running_loop(), service
        await service.run()
