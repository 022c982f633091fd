"""A node's child processes: started in a group of their own, ended with all that they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from batchff.emulator.clock import Clock

_PROC = Path("/proc")
_NICER = 10


class ChildProcess:
    """A running command, leader of its session and process group."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.group = process.pid
        self._end = _end_of(process)

    @classmethod
    def start(
        cls,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        stdout: Path,
        stderr: Path,
    ) -> ChildProcess:
        """Run a command without a shell, its output appended to two files; from an event loop.

        Raises FileNotFoundError or PermissionError where the program can't be run; the program
        is looked for on the environment's PATH.
        """
        with stdout.open("ab") as out, stderr.open("ab") as err:
            process = subprocess.Popen(
                arguments,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        # Requests are to be answered while tasks keep all cores busy.
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PGRP, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + _NICER)
        return cls(process)

    async def wait(self) -> int:
        """Wait for its end and give its exit code; 128 and the signal's number for a signal.

        What it left running in its group is killed: a node's next task has the node alone.
        """
        code = await asyncio.shield(self._end)
        self._signal(signal.SIGKILL)
        return code if code >= 0 else 128 - code

    async def stop(self, clock: Clock, grace: float) -> None:
        """End the whole group: SIGTERM, so many seconds of `clock` to obey, then SIGKILL."""
        self._signal(signal.SIGTERM)
        patience = asyncio.ensure_future(clock.sleep(grace))
        try:
            either: set[asyncio.Future[Any]] = {self._end, patience}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
            self._signal(signal.SIGKILL)
        await asyncio.shield(self._end)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)


def _end_of(process: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """Give what will be the process's exit code.

    A process descriptor signals the end, where the system has them: a thread each would cost
    the service a fifth more for a short task.
    """
    loop = asyncio.get_running_loop()
    end: asyncio.Future[int] = loop.create_future()
    descriptor = _process_descriptor(process.pid)
    if descriptor is None:

        def wait() -> None:
            code = process.wait()
            loop.call_soon_threadsafe(end.set_result, code)

        threading.Thread(target=wait, name=f"wait-{process.pid}", daemon=True).start()
        return end

    def note() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        end.set_result(process.wait())

    loop.add_reader(descriptor, note)
    return end


def _process_descriptor(pid: int) -> int | None:
    """Open a descriptor that can be read once a process has ended; None on systems without."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def start_mark(pid: int) -> str | None:
    """Give a mark that no later process of the same id has; None where there is no process."""
    if _PROC.is_dir():
        try:
            state = (_PROC / str(pid) / "stat").read_text()
        except OSError:
            return None
        return state.rpartition(")")[2].split()[19]
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None


def kill_recorded(recorded: Iterable[tuple[int, str]]) -> int:
    """Kill the process groups whose leader is still the one that was recorded, and count them."""
    return sum(_kill(os.killpg, group) for group, mark in recorded if start_mark(group) == mark)


def kill_below(directory: Path) -> int:
    """Kill what was started on the nodes whose directories are here or below, and count it.

    It finds what left its process group and what was never recorded; only where `/proc` tells
    the environment of processes.
    """
    return sum(
        _kill(os.kill, pid)
        for pid, node in _known_by("AZ_BATCH_NODE_ROOT_DIR")
        if node.is_relative_to(directory)
    )


def kill_started_in(directory: Path) -> int:
    """Kill what the task of this directory started and what left its process group; count it.

    It finds what `kill_below` does.
    """
    return sum(
        _kill(os.kill, pid) for pid, task in _known_by("AZ_BATCH_TASK_DIR") if task == directory
    )


def _known_by(variable: str) -> Iterator[tuple[int, Path]]:
    """Give other processes that have a variable in their environment, and the path in it."""
    mark = f"{variable}=".encode()
    if not _PROC.is_dir():
        return
    # Not by Path.glob: it looks at what it finds, and fails where a process ends meanwhile.
    for pid in map(int, filter(str.isdecimal, os.listdir(_PROC))):
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or another user's
            continue
        paths = (item.removeprefix(mark) for item in environment if item.startswith(mark))
        path = next(paths, None)
        if path is not None and pid != os.getpid():
            yield pid, Path(os.fsdecode(path))


def _kill(kill: Callable[[int, int], None], target: int) -> bool:
    try:
        kill(target, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
