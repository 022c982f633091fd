from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.process import ChildProcess, kill_below, kill_recorded, start_mark
from tests.emulator.running import told_of_processes, wait_until

PATH = {"PATH": "/usr/bin:/bin"}


def _run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> int:
    async def run() -> int:
        process = ChildProcess.start(
            arguments,
            directory=folder,
            environment=environment or PATH,
            stdout=folder / "out",
            stderr=folder / "err",
        )
        return await process.wait()

    return asyncio.run(run())


def test_a_process_has_its_directory_environment_and_files(tmp_path: Path) -> None:
    code = _run(tmp_path, "sh", "-c", "pwd; echo $A >&2; exit 3", environment={**PATH, "A": "b c"})

    assert code == 3
    assert (tmp_path / "out").read_text() == f"{tmp_path}\n"
    assert (tmp_path / "err").read_text() == "b c\n"


def test_a_signal_is_told_as_a_shell_does(tmp_path: Path) -> None:
    assert _run(tmp_path, "sh", "-c", "kill -TERM $$") == 128 + signal.SIGTERM


def test_the_end_is_noticed_where_processes_have_no_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.pidfd_open", raising=False)

    assert _run(tmp_path, "sh", "-c", "exit 3") == 3


def test_it_leaves_the_cores_to_the_service_when_both_want_them(tmp_path: Path) -> None:
    # It looks only once it has been told to: its priority is set when it runs already.
    os.mkfifo(tmp_path / "go")

    async def run() -> None:
        process = ChildProcess.start(
            ["sh", "-c", "read _ <go; nice"],
            directory=tmp_path,
            environment=PATH,
            stdout=tmp_path / "out",
            stderr=tmp_path / "err",
        )
        (tmp_path / "go").write_text("now\n")
        await process.wait()

    asyncio.run(run())
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert int((tmp_path / "out").read_text()) == min(own + 10, 19)


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert _run(tmp_path, "cat") == 0
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize("program", ["no-such-program", "/no/such/program"])
def test_a_program_that_is_not_there(tmp_path: Path, program: str) -> None:
    with pytest.raises(FileNotFoundError):
        _run(tmp_path, program)


def test_stopping_ends_the_whole_group(tmp_path: Path) -> None:
    async def run() -> None:
        process = ChildProcess.start(
            ["sh", "-c", "sleep 600 & sleep 600 & wait"],
            directory=tmp_path,
            environment=PATH,
            stdout=tmp_path / "out",
            stderr=tmp_path / "err",
        )
        await process.stop(Clock(), grace=10)
        wait_until(lambda: not _group_lives(process.group))

    asyncio.run(run())


def _group_lives(group: int) -> bool:
    for _, stat in told_of_processes("stat"):
        state, _, its_group = stat.decode().rpartition(")")[2].split()[:3]
        if state != "Z" and int(its_group) == group:
            return True
    return False


def _child(tmp_path: Path, **environment: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        ["sleep", "600"], env={**PATH, **environment}, start_new_session=True, cwd=tmp_path
    )
    wait_until(lambda: b"sleep" in Path(f"/proc/{child.pid}/cmdline").read_bytes())
    return child


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_recorded_process_is_killed_and_a_stranger_with_its_id_is_not(tmp_path: Path) -> None:
    with _child(tmp_path) as recorded, _child(tmp_path) as stranger:
        mark = start_mark(recorded.pid)
        assert mark is not None

        killed = kill_recorded([(recorded.pid, mark), (stranger.pid, "another")])

        assert killed == 1
        assert recorded.wait() == -signal.SIGKILL
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_was_not_recorded_is_known_by_its_environment(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "mine-too"
    with (
        _child(tmp_path, AZ_BATCH_NODE_ROOT_DIR=f"{mine}/node") as ours,
        _child(tmp_path, AZ_BATCH_NODE_ROOT_DIR=f"{other}/node") as neighbour,
    ):
        assert kill_below(mine) == 1

        assert ours.wait() == -signal.SIGKILL
        assert neighbour.poll() is None
        neighbour.kill()


def test_a_process_that_is_gone_has_no_mark(tmp_path: Path) -> None:
    with _child(tmp_path) as child:
        child.kill()

    assert start_mark(child.pid) is None
    assert kill_recorded([(child.pid, "1")]) == 0
    assert start_mark(os.getpid()) is not None
