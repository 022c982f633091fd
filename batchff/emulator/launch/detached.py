"""The service's process, seen from outside: started in a session of its own, watched, signalled."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
from pathlib import Path

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def spawn(arguments: list[str], log_file: Path) -> int:
    """Run the service in a session of its own; return its process id.

    Not through `subprocess`, which expects a child to be waited for.
    """
    # -P: a file in the user's folder mustn't be imported for a module of the service's.
    command = [sys.executable, "-P", "-m", "batchff.emulator", *arguments]
    return os.posix_spawn(
        sys.executable,
        command,
        os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log_file), _APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def is_held(lock: Path) -> bool:
    """Say whether a process holds a lock file."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def is_alive(pid: int) -> bool:
    """Say whether a process with this id exists, whoever it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def has_ended(pid: int) -> bool:
    """Say whether a process is over; a child of this one is taken off the system's table."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not is_alive(pid)


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process; nothing happens where it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
