from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator import launch
from batchff.emulator.__main__ import parse
from batchff.emulator.options import ServiceOptions, TlsFiles, arguments_of
from batchff.emulator.simulation.settings import Simulation, Span
from tests.emulator.examples import identity

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for an emulator, stopped after the test if it runs then."""
    folder = tmp_path / "state" / "emulator"
    yield folder
    launch.stop(folder, timeout=5)


def python(*arguments: str) -> subprocess.Popen[str]:
    """Start another Python that knows batchff."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_in_the_foreground_it_runs_until_it_is_told_to_stop(root: Path) -> None:
    process = python("-m", "batchff.emulator", f"--root={root}", "--batch-port=0")
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "Batch at http://127.0.0.1:" in first

    process.send_signal(signal.SIGTERM)
    process.communicate()

    assert process.returncode == 0
    assert launch.find(root) is None


def test_it_stops_by_itself_when_it_is_idle(root: Path) -> None:
    process = python("-m", "batchff.emulator", f"--root={root}", "--idle-seconds=0.1")

    _, said = process.communicate()

    assert process.returncode == 0
    assert "idle for 0.1 seconds" in said


def test_a_second_one_on_the_same_folder_says_that_one_runs(emulator_root: Path) -> None:
    process = python("-m", "batchff.emulator", f"--root={emulator_root}")

    _, said = process.communicate()

    assert process.returncode == 1
    assert said.startswith("An emulator already runs on")
    assert "Traceback" not in said


def test_every_option_reaches_the_service(tmp_path: Path) -> None:
    options = ServiceOptions(
        idle_seconds=None,
        run_admin_tasks=True,
        core_quota=8,
        batch_port=1001,
        blob_port=0,
        tls=TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem"),
        token_key=tmp_path / "public.pem",
        pool_identities=(identity("one"), identity("two")),
        simulation=Simulation(seed=7, task_time=Span(0.5, 90), clock_speed=1000),
    )

    assert parse(arguments_of(tmp_path, options)) == (tmp_path, options)


def test_a_folder_is_known_by_its_own_path(tmp_path: Path) -> None:
    """Or a task's files would seem to lie outside of it."""
    folder = tmp_path.resolve() / "emulator"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)

    for given in (folder / ".." / "emulator", tmp_path / "link"):
        assert parse(["--root", str(given)])[0] == folder


def test_options_that_are_left_out_are_the_services_own() -> None:
    assert parse([]) == (launch.default_root(), ServiceOptions())
