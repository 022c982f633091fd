from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from batchff.emulator.errors import EmulatorError
from batchff.emulator.options import ServiceOptions
from batchff.emulator.root import open_root, read_identity
from tests.emulator.examples import job, pool, task
from tests.emulator.running import (
    MovableClock,
    client_of,
    is_alive,
    running_service,
    wait_until,
)


def test_it_says_where_it_is_while_it_runs(tmp_path: Path) -> None:
    with running_service(tmp_path) as connection:
        running = json.loads(connection.root.running_file.read_text())
        mode = stat.S_IMODE(connection.root.running_file.stat().st_mode)

        assert running["pid"] == os.getpid()
        assert running["batch_endpoint"].startswith("http://127.0.0.1:")
        assert running["blob_endpoint"].startswith("http://127.0.0.1:")
        assert running["started"]
        assert mode == 0o600
        with connection.client() as client, connection.storage() as storage:
            assert list(client.list_pools()) == []
            assert list(storage.list_containers()) == []

    assert not connection.root.running_file.exists()


def test_its_ports_and_its_state_are_the_same_the_next_time(tmp_path: Path) -> None:
    with running_service(tmp_path) as first, first.client() as client:
        client.create_pool(pool("kept", nodes=0))
    with running_service(tmp_path) as second, second.client() as client:
        assert second.batch_endpoint == first.batch_endpoint
        assert second.blob_endpoint == first.blob_endpoint
        assert [each.id for each in client.list_pools()] == ["kept"]


def test_a_second_one_on_the_same_root_is_refused(tmp_path: Path) -> None:
    with running_service(tmp_path) as first:
        again = running_service(tmp_path)
        with pytest.raises(EmulatorError, match="already runs") as error, again:
            pass
        assert error.value.hint
        with first.client() as client:
            assert list(client.list_pools()) == []


def test_it_stops_by_itself_when_nothing_happens(tmp_path: Path) -> None:
    clock = MovableClock()
    with running_service(tmp_path, ServiceOptions(idle_seconds=60), clock) as connection:

        def is_gone_in_a_while() -> bool:
            clock.put_forward(timedelta(seconds=61))
            return not connection.root.running_file.exists()

        wait_until(is_gone_in_a_while)


def test_a_running_task_and_a_request_keep_it_up(tmp_path: Path) -> None:
    with (
        running_service(tmp_path, ServiceOptions(idle_seconds=1.5)) as connection,
        connection.client() as client,
    ):
        client.create_pool(pool("p"))
        client.create_job(job("j", "p"))
        client.create_task("j", task("t", "sleep 2"))
        database = connection.root.batch_db
        wait_until(lambda: _completed(database))
        assert connection.root.running_file.exists()
        wait_until(lambda: not connection.root.running_file.exists())


def _completed(database: Path) -> bool:
    connection = sqlite3.connect(database)
    try:
        found = connection.execute("SELECT 1 FROM tasks WHERE state = 'completed'").fetchone()
        return found is not None
    finally:
        connection.close()


@contextmanager
def _process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the emulator as a process of its own, as its users do."""
    command = [sys.executable, "-m", "batchff.emulator", "--root", str(folder)]
    root = open_root(folder)
    root.running_file.unlink(missing_ok=True)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(root.running_file.exists)
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with _process(tmp_path) as process:
        process.send_signal(number)

        assert process.wait(20) == 0
    assert not (tmp_path / "running.json").exists()


def test_killed_it_has_lost_nothing_and_leaves_no_process_to_the_next_life(
    tmp_path: Path,
) -> None:
    root = open_root(tmp_path)
    with _process(tmp_path) as process:
        identity = read_identity(root)
        endpoint = f"http://127.0.0.1:{identity.batch_port}"
        with client_of(endpoint, identity.batch) as client:
            client.create_pool(pool("p"))
            client.create_job(job("j", "p"))
            command = "sh -c 'echo $$ > pid; setsid sleep 600 & echo $! > child; exec sleep 600'"
            client.create_task("j", task("t", command))
            client.create_task("j", task("waits"))
            files = wait_until(lambda: list(root.nodes.glob("*/workitems/j/job-1/t/wd/child")))
            pids = [
                int(wait_until(files[0].with_name(name).read_text)) for name in ("pid", "child")
            ]
        process.kill()
        process.wait()
    assert all(is_alive(pid) for pid in pids)

    with running_service(tmp_path) as connection, connection.client() as client:
        wait_until(lambda: not any(is_alive(pid) for pid in pids))
        after = client.get_task("j", "t")
        assert after.execution_info is not None
        assert after.execution_info.requeue_count == 1
        wait_until(lambda: client.get_task("j", "t").state == "running")
        assert client.get_task("j", "waits").state == "active"
