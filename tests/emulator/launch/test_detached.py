from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from batchff.emulator.launch.detached import has_ended, is_alive, is_held, send_signal


def test_a_lock_is_held_while_its_file_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)

    with path.open("w") as file:
        assert not is_held(path)
        fcntl.flock(file, fcntl.LOCK_EX)
        assert is_held(path)
    assert not is_held(path)


def test_a_child_is_alive_until_it_has_ended() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    assert child.stdin is not None
    assert is_alive(child.pid)
    assert not has_ended(child.pid)

    send_signal(child.pid, signal.SIGTERM)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(child.pid)
    assert not is_alive(child.pid)
    send_signal(child.pid, signal.SIGTERM)

    child.returncode = -signal.SIGTERM  # it is off the system's table
    child.stdin.close()
