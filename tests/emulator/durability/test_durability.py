"""The emulator, killed at random moments under load and started again, has lost nothing.

`EMULATOR_KILLS=40 EMULATOR_KILL_SEED=7 pytest -n0 -s tests/emulator/durability` is the
long form. A seed repeats what the clients send, and when the emulator is killed.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from batchff.emulator import launch
from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.connection import Connection
from batchff.emulator.nodes.process import start_mark
from batchff.emulator.options import ServiceOptions, arguments_of
from batchff.emulator.root import Root
from tests.emulator.durability.kill_loads import FleetLoad, ScheduleLoad, WorkflowLoad
from tests.emulator.durability.kills import (
    CUT,
    BlobLoad,
    JobLoad,
    Load,
    batch_client,
    container_client,
)
from tests.emulator.examples import job, pool, task
from tests.emulator.running import is_alive, wait_until

KILLS = int(os.environ.get("EMULATOR_KILLS", "3"))
SEED = int(os.environ.get("EMULATOR_KILL_SEED", secrets.randbelow(10**6)))

BEATS_WANTED = 3


@contextmanager
def stopped_after(folder: Path) -> Iterator[Path]:
    try:
        yield folder
    finally:
        launch.stop(folder)


@pytest.mark.timeout(60 + 15 * KILLS)
def test_killed_at_any_moment_it_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    print(f"EMULATOR_KILL_SEED={SEED}")
    moments = Random(SEED)
    later: list[WorkflowLoad | ScheduleLoad | FleetLoad] = [
        WorkflowLoad("pool", tmp_path / "marks", Random(f"{SEED} flow")),
        ScheduleLoad("pool", Random(f"{SEED} plan")),
        fleet := FleetLoad("fleet", Random(f"{SEED} fleet")),
    ]
    loads: list[Load] = [
        BlobLoad("films", "one", Random(f"{SEED} one")),
        BlobLoad("films", "other", Random(f"{SEED} other")),
        JobLoad("pool", "jobs", Random(f"{SEED} jobs")),
        JobLoad("pool", "more", Random(f"{SEED} more")),
        *later,
    ]
    seen: Counter[str] = Counter()
    with stopped_after(tmp_path / "root") as folder:
        beats = Beats(tmp_path / "beats")
        connection = launch.start(folder)
        prepare(connection, beats)
        with batch_client(connection) as client:
            fleet.prepare(client)
        for _ in range(KILLS):
            load_until_killed(folder, connection, loads, moments.uniform(0.05, 1.2))
            if moments.random() < 0.3:
                kill_while_starting(folder, moments.uniform(0.0, 0.8))
            before = left_behind(folder, tmp_path / "copy")
            left = beats.processes()
            connection = launch.start(folder)
            for load in loads:
                seen["compared"] += load.check(connection)
            seen["requeued"] += check_requeued(connection, before)
            beats.check_silent(left)
            seen["processes"] = len(left)
        for each in later:
            each.finish(connection)
    print(f"{KILLS} kills: {dict(seen)}")
    assert seen["compared"]
    assert seen["requeued"]


def test_killed_while_it_starts_it_starts_the_next_time(tmp_path: Path) -> None:
    moments = Random(SEED)
    with stopped_after(tmp_path / "root") as folder:
        for _ in range(2):
            kill_while_starting(folder, moments.uniform(0.0, 1.0))
        with batch_client(launch.start(folder)) as client:
            assert list(client.list_pools()) == []


@pytest.mark.parametrize("name", ["batch.db", "blob.db"])
def test_what_another_version_wrote_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    with stopped_after(tmp_path / "root") as folder:
        launch.start(folder)
        launch.stop(folder)
        with closing(sqlite3.connect(folder / name)) as database:
            database.execute("PRAGMA user_version = 1")
        before = (folder / name).read_bytes()

        with pytest.raises(EmulatorError, match=f"{name} was written by another version"):
            launch.start(folder)

        assert (folder / name).read_bytes() == before


class Beats:
    """Tasks that never end and write down, in a file for each process, that they still run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    @property
    def command(self) -> str:
        file = f"{shlex.quote(str(self._folder))}/$$-$(cut -d' ' -f22 /proc/$$/stat)"
        return f"sh -c {shlex.quote(f'f={file}; while :; do echo >> $f; sleep 0.02; done')}"

    def processes(self) -> dict[str, int]:
        """Every process that has written, and how often."""
        return {file.name: file.stat().st_size for file in self._folder.iterdir()}

    def check_silent(self, left: dict[str, int]) -> None:
        """While those of this life write, no earlier one does, as none runs."""
        for name in left:
            pid, mark = name.split("-")
            runs = is_alive(int(pid)) and start_mark(int(pid)) == mark
            assert not runs, f"process {pid} of an earlier life runs"
        at_start = self.processes()
        wait_until(lambda: self._newest(at_start.keys() & left.keys()) >= BEATS_WANTED)
        now = self.processes()
        assert [name for name in left if now[name] != at_start[name]] == []

    def _newest(self, earlier: set[str]) -> int:
        return max((n for name, n in self.processes().items() if name not in earlier), default=0)


def prepare(connection: Connection, beats: Beats) -> None:
    """Two of the pool's slots run for ever; two are for the tasks of the load."""
    with batch_client(connection) as client, container_client(connection, "films") as container:
        container.create_container()
        client.create_pool(pool("pool", nodes=2, task_slots_per_node=2))
        client.create_job(job("beating", "pool", priority=1000))
        for number in range(2):
            client.create_task("beating", task(f"heart-{number}", beats.command))


def load_until_killed(
    folder: Path, connection: Connection, loads: list[Load], seconds: float
) -> None:
    """Kill the emulator so many seconds after the load began; no client sees another error."""
    begun = threading.Event()

    def work(load: Load) -> None:
        try:
            while True:
                begun.set()
                load.step(connection)
        except CUT:
            return

    with ThreadPoolExecutor(len(loads)) as threads:
        works = [threads.submit(work, load) for load in loads]
        begun.wait()
        threading.Event().wait(seconds)
        kill(folder)
        for each in works:
            each.result()


def kill(folder: Path) -> None:
    pid = launch.status(folder).pid
    assert pid is not None, "it ended by itself"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def kill_while_starting(folder: Path, seconds: float) -> None:
    arguments = arguments_of(folder, ServiceOptions(idle_seconds=None))
    command = [sys.executable, "-m", "batchff.emulator", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        threading.Event().wait(seconds)
        process.kill()


def left_behind(folder: Path, copy: Path) -> dict[tuple[str, str], tuple[str, int]]:
    """Check the databases of a killed emulator; give its tasks' states and requeue counts."""
    root = Root(folder)
    copy.mkdir()
    for database in (root.batch_db, root.blob_db):
        for file in folder.glob(f"{database.name}*"):
            shutil.copy(file, copy)
        with closing(sqlite3.connect(copy / database.name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(sqlite3.connect(copy / root.batch_db.name)) as connection:
        rows = connection.execute(
            "SELECT jobs.id, tasks.id, tasks.state, tasks.requeues FROM tasks"
            " JOIN jobs ON jobs.seq = tasks.job WHERE jobs.state != 'deleting' AND NOT EXISTS"
            " (SELECT 1 FROM job_schedules AS schedules"
            " WHERE schedules.seq = jobs.schedule AND schedules.state = 'deleting')"
        ).fetchall()
    shutil.rmtree(copy)
    return {(job_id, task_id): (state, requeues) for job_id, task_id, state, requeues in rows}


def check_requeued(connection: Connection, before: dict[tuple[str, str], tuple[str, int]]) -> int:
    """Each task that ran was requeued, once; no other was. Return how many were."""
    requeued = 0
    with batch_client(connection) as client:
        for job_id in {job_id for job_id, _ in before}:
            for each in client.list_tasks(job_id):
                state, count = before[job_id, each.id]
                ran = state in ("preparing", "running")
                assert each.execution_info is not None
                assert each.execution_info.requeue_count == count + ran, (job_id, each.id, state)
                requeued += ran
    return requeued
