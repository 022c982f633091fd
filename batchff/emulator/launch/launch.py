"""The emulator as a process of its own: start it detached, find it, stop it, remove what it keeps.

Light to import: the service and its web framework are loaded in that other process only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from platformdirs import user_state_path

from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.connection import Connection, Status
from batchff.emulator.launch.detached import has_ended, is_alive, is_held, send_signal, spawn
from batchff.emulator.options import ServiceOptions, arguments_of
from batchff.emulator.root import Root, make_folder, open_root, read_identity
from batchff.emulator.simulation.settings import read_simulation

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Running:
    """What a service says of itself in the root's running.json."""

    pid: int
    batch_endpoint: str
    blob_endpoint: str
    started: str
    simulation: dict[str, Any] | None = None
    """The settings of a simulation, None where tasks run."""
    certificate: str | None = None
    """The path of the certificate, None over HTTP."""
    without_effect: Sequence[str] = ()
    """What it accepted without effect."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The options that it runs with, by their names on the command line."""


def default_root() -> Path:
    """Return the folder of the user's own emulator."""
    return _state_path() / "emulator"


def default_simulation_root() -> Path:
    """Return the folder of the user's own simulation."""
    return _state_path() / "simulation"


def _state_path() -> Path:
    try:
        return user_state_path("batchff")
    except RuntimeError as error:
        raise EmulatorError(
            "you have no home folder, so nowhere to keep an emulator",
            "set HOME, or XDG_STATE_HOME",
        ) from error


def find(path: Path) -> Connection | None:
    """Return how to reach the emulator that runs on a folder; None where none does."""
    root = Root(path.absolute())
    running = _running(root)
    if running is None:
        return None
    identity = read_identity(root)
    return Connection(
        batch_account=identity.batch.name,
        batch_key=identity.batch.key,
        batch_endpoint=running.batch_endpoint,
        storage_account=identity.storage.name,
        storage_key=identity.storage.key,
        blob_endpoint=f"{running.blob_endpoint}/{identity.storage.name}",
        certificate=Path(running.certificate) if running.certificate else None,
    )


def status(path: Path) -> Status:
    """Say whether an emulator runs on a folder."""
    root = Root(path.absolute())
    running = _running(root)
    if running is None:
        return Status(root.path, running=False)
    return Status(
        root.path,
        running=True,
        pid=running.pid,
        batch_endpoint=running.batch_endpoint,
        blob_endpoint=f"{running.blob_endpoint}/{read_identity(root).storage.name}",
        since=datetime.fromisoformat(running.started),
        simulation=None if running.simulation is None else read_simulation(running.simulation),
        without_effect=tuple(running.without_effect),
        options=running.options,
    )


def start(path: Path, options: ServiceOptions | None = None) -> Connection:
    """Start an emulator that outlives this process, and return when it answers.

    Where one runs on that folder already, it is returned as it is. Raises EmulatorError with the
    log's last line where the start fails, and where the folder is for a simulation and none was
    asked for, or the other way round.
    """
    options = options or ServiceOptions()
    with _one_starter(Root(path.absolute())):
        root = open_root(path.absolute(), simulated=options.simulation is not None)
        running = find(path)
        if running is not None:
            return running
        if not is_held(root.lock_file):
            # A crash may have left one that would be taken for the new service's.
            root.running_file.unlink(missing_ok=True)
        said_before = root.log_file.stat().st_size if root.log_file.exists() else 0
        pid = spawn(arguments_of(path, options), root.log_file)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            running = find(path)
            if running is not None and _answers(running):
                return running
            # Where another service holds the lock, it is that one that will answer.
            if has_ended(pid) and not is_held(root.lock_file):
                raise _not_started(root, said_before)
            time.sleep(_POLL_SECONDS)
        send_signal(pid, signal.SIGKILL)
        raise EmulatorError(
            f"the emulator doesn't answer after {_START_SECONDS:g} seconds",
            f"What it said is in {root.log_file}.",
        )


def stop(path: Path, timeout: float = _STOP_SECONDS) -> bool:
    """Stop the emulator that runs on a folder; return False where none does.

    It is asked first, and killed if it hasn't ended after `timeout` seconds. Raises EmulatorError
    where that doesn't help either.
    """
    root = Root(path.absolute())
    if _running(root) is None:
        return False
    with _one_starter(root):
        running = _running(root)
        if running is None:
            return False
        for number, seconds in ((signal.SIGTERM, timeout), (signal.SIGKILL, _KILL_SECONDS)):
            send_signal(running.pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                # Whoever started it may leave its process on the system's table: the lock tells.
                if has_ended(running.pid) or not is_held(root.lock_file):
                    return True
                time.sleep(_POLL_SECONDS)
    raise EmulatorError(f"the emulator's process {running.pid} doesn't end")


def reset(path: Path) -> None:
    """Remove all that an emulator keeps in its folder, keys too; and the folder, if that was all.

    Raises EmulatorError where one runs on it, or where the folder is none of an emulator's.
    """
    root = Root(path.absolute())
    if not root.path.exists():
        return
    if not root.identity_file.is_file():
        raise EmulatorError(
            f"{root.path} isn't an emulator's folder", "Nothing was removed; check the path."
        )
    with _one_starter(root):
        if is_held(root.lock_file):
            raise EmulatorError(f"an emulator runs on {root.path}", "Stop it first.")
        # What makes the folder an emulator's goes last, so that a reset cut short can be repeated.
        for folder in (root.nodes, root.blobs, root.bin):
            _remove_tree(folder)
        for database in (root.batch_db, root.blob_db):
            for file in database.parent.glob(f"{database.name}*"):
                file.unlink()
        for file in (root.running_file, root.log_file, root.lock_file, root.identity_file):
            file.with_suffix(".partial").unlink(missing_ok=True)
            file.with_suffix(".damaged").unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        root.starting_file.unlink()
        # It stays where something of somebody else's is in it.
        with contextlib.suppress(OSError):
            root.path.rmdir()


def _running(root: Root) -> _Running | None:
    """Return what the running service says of itself; a file that a killed one left isn't that."""
    try:
        running = _Running(**json.loads(root.running_file.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EmulatorError(f"{root.running_file} can't be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        if not is_held(root.lock_file):
            return None  # a full disk or a crash left it so; the next start writes another
        raise EmulatorError(
            f"an emulator runs on {root.path}, but {root.running_file} is damaged",
            "End its process, which holds the file `lock` there; then start it again.",
        ) from error
    # The id may be another process's by now, but nobody else holds the lock. It is tried last:
    # that takes it for a moment, in which no service should be starting.
    return running if is_alive(running.pid) and is_held(root.lock_file) else None


@contextlib.contextmanager
def _one_starter(root: Root) -> Iterator[None]:
    """Keep every other process from starting, stopping or removing an emulator here meanwhile."""
    while True:
        with _starting_file(root) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_there(lock, root.starting_file):
                yield
                return


def _starting_file(root: Root) -> IO[str]:
    make_folder(root.path)
    try:
        return root.starting_file.open("a")
    except OSError as error:
        raise EmulatorError(
            f"the emulator can't use the folder {root.path}: {error.strerror}"
        ) from error


def _is_there(file: IO[str], path: Path) -> bool:
    """Say whether an open file still has its name: a reset may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _answers(connection: Connection) -> bool:
    """Say whether both services answer a request, if only to refuse it."""
    for endpoint in (connection.batch_endpoint, connection.blob_endpoint):
        request = f"HEAD / HTTP/1.0\r\nHost: {urlsplit(endpoint).netloc}\r\n\r\n".encode()
        try:
            with _connected(endpoint, connection.certificate) as client:
                client.sendall(request)
                if not client.recv(4).startswith(b"HTTP"):
                    return False
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _connected(endpoint: str, certificate: Path | None) -> Iterator[socket.socket]:
    """Open a connection, over TLS where the service has a certificate. Raises OSError."""
    address = urlsplit(endpoint)
    with socket.create_connection((address.hostname, address.port), timeout=5) as plain:
        if certificate is None:
            yield plain
            return
        from batchff.emulator.tls import service_trust

        trust = service_trust(certificate)
        with trust.wrap_socket(plain, server_hostname=address.hostname) as client:
            yield client


def _not_started(root: Root, said_before: int) -> EmulatorError:
    """Say why a service ended while it was starting, in its own last words."""
    with root.log_file.open("rb") as log:
        log.seek(said_before)
        words = log.read().decode(errors="replace").strip().splitlines()
    return EmulatorError(
        f"the emulator ended while it was starting: {words[-1] if words else 'it said nothing'}",
        f"All that it said is in {root.log_file}.",
    )


def _remove_tree(folder: Path) -> None:
    """Remove a folder, also where tasks took away the right to write to what they made."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            child = Path(parent, name)
            if not child.is_symlink():
                child.chmod(0o700)
    if folder.exists():
        shutil.rmtree(folder)
