"""The emulator as a detached process: real ones, each in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from batchff.emulator import launch
from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.connection import Connection
from batchff.emulator.options import ServiceOptions
from batchff.emulator.root import open_root

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


START = (
    "import sys, pathlib; from batchff.emulator import launch;"
    "print(launch.start(pathlib.Path(sys.argv[1])).batch_endpoint)"
)


def pid_of(root: Path) -> int:
    pid = launch.status(root).pid
    assert pid is not None
    return pid


def test_what_was_started_answers_azures_own_clients(emulator: Connection) -> None:
    key = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    with BatchClient(endpoint=emulator.batch_endpoint, credential=key) as batch:
        assert list(batch.list_pools()) == []
    with BlobServiceClient.from_connection_string(emulator.storage_connection_string) as blob:
        blob.create_container("launched")
        assert "launched" in [container.name for container in blob.list_containers()]


def test_starting_it_twice_gives_the_one_that_runs(
    emulator_root: Path, emulator: Connection
) -> None:
    pid = pid_of(emulator_root)

    assert launch.start(emulator_root) == emulator == launch.find(emulator_root)
    assert pid_of(emulator_root) == pid


def test_of_several_starters_at_once_one_starts_and_all_are_answered(root: Path) -> None:
    starters = [python("-c", START, str(root)) for _ in range(3)]

    said = [starter.communicate() for starter in starters]

    connection = launch.find(root)
    assert connection is not None
    assert said == [(f"{connection.batch_endpoint}\n", "")] * 3


def test_it_outlives_the_process_that_started_it(root: Path) -> None:
    starter = python("-c", START, str(root))
    starter.communicate()

    pid = pid_of(root)
    assert os.getsid(pid) == pid
    connection = launch.find(root)
    assert connection is not None
    with closing(socket.create_connection(address(connection.batch_endpoint))):
        pass


def address(endpoint: str) -> tuple[str, int]:
    host, port = endpoint.removeprefix("http://").split("/")[0].split(":")
    return host, int(port)


def test_a_stopped_one_is_gone_and_keeps_its_addresses_and_keys(root: Path) -> None:
    before = launch.start(root)

    assert launch.stop(root)

    assert launch.find(root) is None
    assert not launch.stop(root)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address(before.batch_endpoint))
    assert launch.start(root) == before


def test_one_that_does_not_obey_is_killed(root: Path) -> None:
    launch.start(root)
    pid = pid_of(root)
    os.kill(pid, signal.SIGSTOP)

    assert launch.stop(root, timeout=0.1)

    assert launch.find(root) is None
    assert launch.start(root)
    assert pid_of(root) != pid


def test_one_that_was_killed_is_not_taken_for_running(root: Path) -> None:
    launch.start(root)
    pid = pid_of(root)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    assert (root / "running.json").exists()
    assert launch.find(root) is None
    assert launch.start(root)


def test_a_damaged_file_of_a_stopped_one_is_written_anew(root: Path) -> None:
    launch.start(root)
    launch.stop(root)
    running = root / "running.json"
    running.write_text('{"pid": 1')

    assert launch.find(root) is None
    connection = launch.start(root)

    assert launch.find(root) == connection
    assert launch.status(root).running


def test_a_damaged_database_is_an_error_that_names_the_cure(root: Path) -> None:
    for name in ("batch.db", "blob.db"):
        open_root(root)
        (root / name).write_bytes(b"no database" * 1000)

        with pytest.raises(EmulatorError, match=f"{name} is damaged") as damaged:
            launch.start(root)

        assert f"batchff emulator reset --root {root}" in damaged.value.message
        launch.reset(root)


def test_another_process_with_the_id_of_a_killed_one_is_not_taken_for_it(root: Path) -> None:
    launch.start(root)
    announcement = (root / "running.json").read_text()
    old = str(pid_of(root))
    launch.stop(root)
    (root / "running.json").write_text(announcement.replace(old, str(os.getpid())))

    assert launch.find(root) is None
    assert not launch.stop(root)


def test_the_status_says_where_and_since_when_it_runs(
    root: Path, emulator_root: Path, emulator: Connection
) -> None:
    assert launch.status(root) == launch.Status(root, running=False)

    found = launch.status(emulator_root)
    assert found.running
    assert found.root == emulator_root
    assert found.batch_endpoint == emulator.batch_endpoint
    assert found.blob_endpoint == emulator.blob_endpoint
    assert found.since is not None
    assert found.since.tzinfo is not None
    # Of files the system takes a coarse clock, which may be behind by some milliseconds.
    written = (emulator_root / "running.json").stat().st_mtime
    assert found.since.timestamp() == pytest.approx(written, abs=1)


def test_a_service_that_cannot_start_says_why(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(EmulatorError, match=f"ended while it was starting: Port {port} for"):
            launch.start(root, ServiceOptions(batch_port=port))

    assert launch.find(root) is None
    assert launch.start(root)


def test_a_folder_that_cannot_be_made_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(EmulatorError, match="can't use the folder"):
        launch.start(tmp_path / "file")


def test_the_users_own_emulator_lives_in_the_state_folder(tmp_path: Path) -> None:
    assert launch.default_root() == tmp_path / "home" / ".local" / "state" / "batchff" / "emulator"


def test_only_the_user_can_read_its_folder(root: Path) -> None:
    launch.start(root)

    assert root.stat().st_mode & 0o777 == 0o700
    for name in ("identity.json", "running.json", "log.txt"):
        assert (root / name).stat().st_mode & 0o077 == 0


def test_reset_removes_all_that_it_keeps(root: Path) -> None:
    before = launch.start(root)
    with BlobServiceClient.from_connection_string(before.storage_connection_string) as blob:
        blob.create_container("films").upload_blob("a", b"film")
    launch.stop(root)

    launch.reset(root)

    assert not root.exists()
    after = launch.start(root)
    assert after.batch_key != before.batch_key
    with BlobServiceClient.from_connection_string(after.storage_connection_string) as blob:
        assert list(blob.list_containers()) == []


def test_reset_refuses_while_one_runs(emulator_root: Path, emulator: Connection) -> None:
    with pytest.raises(EmulatorError, match="an emulator runs on"):
        launch.reset(emulator_root)

    assert launch.find(emulator_root) == emulator


def test_reset_leaves_alone_what_is_not_the_emulators(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "film.mp4").write_text("film")
    open_root(root)
    (root / "nodes" / "link").symlink_to(outside)
    (root / "notes.txt").write_text("mine")

    launch.reset(root)

    assert [path.name for path in root.iterdir()] == ["notes.txt"]
    assert (outside / "film.mp4").read_text() == "film"


def test_reset_removes_folders_that_a_task_closed(root: Path) -> None:
    open_root(root)
    closed = root / "nodes" / "node-1" / "closed"
    closed.mkdir(parents=True)
    (closed / "film.mp4").write_text("film")
    closed.chmod(0)

    launch.reset(root)

    assert not root.exists()


def test_reset_refuses_a_folder_that_is_none_of_an_emulators(tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()

    with pytest.raises(EmulatorError, match="isn't an emulator's folder"):
        launch.reset(tmp_path)

    assert (tmp_path / "nodes").is_dir()


def test_reset_of_nothing_is_no_error(root: Path) -> None:
    launch.reset(root)

    assert not root.exists()


def test_finding_an_emulator_loads_neither_the_service_nor_azure() -> None:
    process = python(
        "-c",
        "import sys; from batchff.emulator import launch;"
        "print({'asyncio', 'starlette', 'uvicorn', 'azure', 'urllib3'} & set(sys.modules))",
    )

    assert process.communicate() == ("set()\n", "")
