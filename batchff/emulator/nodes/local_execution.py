"""Nodes on this machine: directories, resource files, processes, output files."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from batchff.emulator.clock import Clock
from batchff.emulator.disk import is_disk_full
from batchff.emulator.nodes.execution import Command, Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.nodes.output_files import send_bytes, send_output_files
from batchff.emulator.nodes.process import ChildProcess, kill_below, kill_started_in, start_mark
from batchff.emulator.nodes.resource_files import fetch_resource_files
from batchff.emulator.nodes.transfer import Cancelled, Storage, TransferError, check_cancelled
from batchff.emulator.state.model import Document, Failure
from batchff.emulator.state.store.processes import Processes
from batchff.emulator.state.transitions import EXIT_CODE, TASK_ENDED

_LOG = logging.getLogger(__name__)

_TRANSFERS = 32
_GRACE_SECONDS = 5.0

_PROGRAM_NOT_FOUND = Failure("CommandProgramNotFound", "The specified command program is not found")
_LAUNCH_FAILED = Failure("CommandLaunchFailed", "The specified command could not be launched")
_DISK_FULL = Failure("DiskFull", "The node's disk is full")

Answer = TypeVar("Answer")


class LocalExecutor:
    """Runs commands as processes of this machine."""

    def __init__(self, clock: Clock, processes: Processes, storage: Storage) -> None:
        self._clock = clock
        self._processes = processes
        self._storage = storage
        self._threads = ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="transfer")

    async def boot(self, node: NodeIdentity) -> None:
        """Make the node's folder."""
        node.directory.make()

    async def run(self, command: Command) -> Outcome:
        """Fetch the files, run the process, send the output files."""
        started = self._clock.now()
        try:
            if not command.is_retry:
                await self._prepare(command)
        except TransferError as error:
            return Outcome(None, error.failure)
        except OSError as error:
            return Outcome(None, _os_failure(error))
        left = None
        if command.time_limit is not None:
            spent = (self._clock.now() - started).total_seconds()
            left = max(command.time_limit - spent, 0)
        outcome = await self._run_process(command, left)
        if command.output_files and outcome.exit_code is not None:
            return await self._send_outputs(command, outcome)
        return outcome

    async def _prepare(self, command: Command) -> None:
        if command.place.root.exists():
            await self._in_thread(lambda cancelled: command.place.clear())
        command.place.make()
        if command.resource_files:
            directory = command.place.working_directory
            await self._in_thread(
                lambda cancelled: fetch_resource_files(
                    self._storage, command.resource_files, directory, cancelled
                )
            )

    async def send(self, container: Document, files: Mapping[str, bytes]) -> None:
        """Send files to a container; the first that can't be sent is logged, and is the last."""
        try:
            await self._in_thread(lambda cancelled: self._send_all(container, files, cancelled))
        except TransferError as error:
            _LOG.warning("the logs of a node could not be sent: %s", error)

    def _send_all(
        self, container: Document, files: Mapping[str, bytes], cancelled: threading.Event
    ) -> None:
        for name, content in files.items():
            check = partial(check_cancelled, cancelled)
            send_bytes(self._storage, content, container, name, check)

    async def end_leftovers(self, node: NodeIdentity) -> None:
        """Kill the processes whose directory is below the node's folder."""
        await asyncio.to_thread(kill_below, node.directory.root)

    async def remove(self, node: NodeIdentity) -> None:
        """Delete the node's folder; what can't be deleted is logged."""
        root = node.directory.root
        await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)
        if root.exists():
            _LOG.warning("the directory of node %s could not be removed whole", node.node_id)

    def close(self) -> None:
        """End the threads and connections of file transfers."""
        self._threads.shutdown()
        self._storage.close()

    async def _run_process(self, command: Command, time_limit: float | None) -> Outcome:
        try:
            arguments = shlex.split(command.line)
            process = ChildProcess.start(
                arguments,
                directory=command.place.working_directory,
                environment=command.environment,
                stdout=command.place.stdout,
                stderr=command.place.stderr,
            )
        except FileNotFoundError:
            return Outcome(None, _PROGRAM_NOT_FOUND)
        except (ValueError, OSError) as error:
            detail = (("Message", str(error)),)
            return Outcome(None, Failure(_LAUNCH_FAILED.code, _LAUNCH_FAILED.message, detail))
        self._processes.add(process.group, start_mark(process.group) or "")
        try:
            return await self._await_end(process, command, time_limit)
        finally:
            self._processes.remove(process.group)

    async def _await_end(
        self, process: ChildProcess, command: Command, time_limit: float | None
    ) -> Outcome:
        waits = [asyncio.ensure_future(process.wait())]
        if time_limit is not None:
            waits.append(asyncio.ensure_future(self._ring(time_limit)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done():
                code = waits[0].result()
                return Outcome(code, EXIT_CODE if code else None)
            _LOG.info("a task's maxWallClockTime is over")
            await self._stop(process, command)
            return Outcome(await waits[0], TASK_ENDED)
        except asyncio.CancelledError:
            await self._stop(process, command)
            raise
        finally:
            for wait in waits:
                wait.cancel()

    async def _stop(self, process: ChildProcess, command: Command) -> None:
        """End a command's process group, then what has left it for a session of its own."""
        await process.stop(self._clock, _GRACE_SECONDS)
        await asyncio.to_thread(kill_started_in, command.place.root)

    async def _ring(self, seconds: float) -> int:
        await self._clock.sleep(seconds)
        return 0

    async def _send_outputs(self, command: Command, outcome: Outcome) -> Outcome:
        try:
            failure = await self._in_thread(
                lambda cancelled: send_output_files(
                    self._storage,
                    command.output_files,
                    command.place,
                    command.environment,
                    outcome.failure is None,
                    cancelled,
                )
            )
        except OSError as error:
            failure = _os_failure(error)
        return Outcome(outcome.exit_code, outcome.failure or failure)

    async def _in_thread(self, work: Callable[[threading.Event], Answer]) -> Answer:
        """Run blocking work; where this is cancelled, wait until the work has noticed."""
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, work, cancelled)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            cancelled.set()
            await asyncio.wait({future})
            if not isinstance(future.exception(), Cancelled | None):
                _LOG.info("a cancelled transfer ended with %r", future.exception())
            raise


def _os_failure(error: OSError) -> Failure:
    if is_disk_full(error):
        return _DISK_FULL
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return Failure(
        "ResourceFileCreateFailed",
        "A file or directory of the task could not be made",
        (("Message", reason),),
        category="ServerError",
    )
