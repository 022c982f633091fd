"""The output files of simulated tasks: all are one file, full of zeros."""

from __future__ import annotations

import asyncio
import glob
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from batchff.emulator.nodes.output_files import is_due, send_file
from batchff.emulator.nodes.transfer import Storage, TransferError
from batchff.emulator.state.model import Document, Failure

_TRANSFERS = 8


class SimulatedOutputs:
    """Sends what simulated tasks would have made, as far as their patterns name it."""

    def __init__(self, size: int, storage: Storage) -> None:
        """Make the file, of so many bytes."""
        self._folder = tempfile.TemporaryDirectory(prefix="batchff-simulation-")
        self._file = Path(self._folder.name) / "output"
        self._file.touch()
        os.truncate(self._file, size)
        self._storage = storage
        self._threads = ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="output")

    async def send(self, output_files: list[Document], succeeded: bool) -> Failure | None:
        """Send what is due after this outcome, and give the first failure.

        A pattern with a wildcard matches nothing.
        """
        due = [
            output_file
            for output_file in output_files
            if is_due(output_file, succeeded) and not glob.has_magic(output_file["filePattern"])
        ]
        sent = [
            asyncio.get_running_loop().run_in_executor(self._threads, self._send, output_file)
            for output_file in due
        ]
        failures = await asyncio.gather(*sent)
        return next(filter(None, failures), None)

    def close(self) -> None:
        """End the threads and delete the file that was sent."""
        self._threads.shutdown()
        self._folder.cleanup()

    def _send(self, output_file: Document) -> Failure | None:
        container = output_file["destination"]["container"]
        name = container.get("path") or Path(output_file["filePattern"]).name
        try:
            send_file(self._storage, self._file, container, name)
        except TransferError as error:
            return error.failure
        return None
