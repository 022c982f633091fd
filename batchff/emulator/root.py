"""The emulator's folder: its files, and the accounts made with it.

identity.json    account names, keys and ports, made once; mode 0600
running.json     process id and addresses of the service that runs now
lock             held by the running service, so that a second one can't start
starting         held by whoever starts a service, so that the next one waits for it
log.txt          what the service and its nodes said
batch.db         pools, nodes, jobs, tasks
blob.db          containers, blobs, blocks: everything but their bytes
blobs/           the bytes
nodes/           one folder for each node: its tasks' directories
bin/             `ffmpeg`, put first on the nodes' PATH
"""

from __future__ import annotations

import base64
import json
import logging
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from batchff.emulator.errors import EmulatorError

_LOG = logging.getLogger(__name__)

_ACCOUNT_NAME = "batchfflocal"

_ANOTHER = "a folder of its own with --root, or empty this one with 'batchff emulator reset'"


@dataclass(frozen=True, slots=True)
class Account:
    """An account's name and its shared key, base64 of 64 bytes as Azure's are."""

    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same between two runs on one root, so that stored URLs stay valid.

    A port of 0 means that none was chosen yet. A simulation stays one: it would end real tasks
    without running them, and its times are ahead.
    """

    batch: Account
    storage: Account
    batch_port: int = 0
    blob_port: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """The paths below one emulator's folder; nothing exists until `open_root` made it."""

    path: Path

    @property
    def identity_file(self) -> Path:
        """Account names, keys and ports."""
        return self.path / "identity.json"

    @property
    def running_file(self) -> Path:
        """Where the running service is."""
        return self.path / "running.json"

    @property
    def lock_file(self) -> Path:
        """Locked by the running service."""
        return self.path / "lock"

    @property
    def starting_file(self) -> Path:
        """Locked by whoever starts, stops or resets the service."""
        return self.path / "starting"

    @property
    def log_file(self) -> Path:
        """The service's log."""
        return self.path / "log.txt"

    @property
    def batch_db(self) -> Path:
        """The Batch service's database."""
        return self.path / "batch.db"

    @property
    def blob_db(self) -> Path:
        """The Blob service's database."""
        return self.path / "blob.db"

    @property
    def blobs(self) -> Path:
        """The folder of the blobs' bytes."""
        return self.path / "blobs"

    @property
    def nodes(self) -> Path:
        """The folder of the nodes' folders."""
        return self.path / "nodes"

    @property
    def bin(self) -> Path:
        """The folder of the programs that nodes get from the emulator."""
        return self.path / "bin"


def open_root(path: Path, *, simulated: bool = False) -> Root:
    """Make the folder and what the emulator keeps in it, where they don't exist.

    All is the user's alone, also in a folder that was there before and that others may read.
    Raises EmulatorError where a simulation is asked for and the folder was made for work, and the
    other way round.
    """
    root = Root(path)
    _set_aside_damaged(root)
    if root.identity_file.exists():
        _check_kind(root, simulated)
    make_folder(path)
    for folder in (root.blobs, root.nodes, root.bin):
        folder.mkdir(mode=0o700, exist_ok=True)
    for database in (root.batch_db, root.blob_db):
        database.touch(mode=0o600)
    if not root.identity_file.exists():
        identity = Identity(batch=_new_account(), storage=_new_account(), simulated=simulated)
        write_identity(root, identity)
    return root


def make_folder(path: Path) -> None:
    """Make an emulator's folder, the user's alone. Raises EmulatorError where it can't be one."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = "it's a file" if path.exists() and not path.is_dir() else error.strerror
        raise EmulatorError(f"the emulator can't use the folder {path}: {reason}") from error


def read_identity(root: Root) -> Identity:
    """Read the accounts and ports of a root that `open_root` has made.

    Raises EmulatorError where the file is damaged; the next `open_root` replaces it.
    """
    try:
        stored = json.loads(root.identity_file.read_text())
        return Identity(
            batch=_account(stored["batch"]),
            storage=_account(stored["storage"]),
            batch_port=int(stored["batch_port"]),
            blob_port=int(stored["blob_port"]),
            simulated=bool(stored.get("simulated", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EmulatorError(
            f"{root.identity_file} is damaged",
            "Start the emulator: it makes new keys, and keeps all else.",
        ) from error


def _account(stored: dict[str, str]) -> Account:
    account = Account(**stored)
    base64.b64decode(account.key, validate=True)
    return account


def _set_aside_damaged(root: Root) -> None:
    """Rename an identity that can't be read, so that another one is made."""
    if not root.identity_file.exists():
        return
    try:
        read_identity(root)
    except EmulatorError as error:
        _LOG.warning("%s; the accounts get new keys", error)
        root.identity_file.replace(root.identity_file.with_suffix(".damaged"))


def write_identity(root: Root, identity: Identity) -> None:
    """Store the accounts and ports, readable by nobody else at any moment."""
    partial = root.identity_file.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(identity), file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(root.identity_file)


def _check_kind(root: Root, simulated: bool) -> None:
    is_simulated = read_identity(root).simulated
    if is_simulated and not simulated:
        raise EmulatorError(
            f"{root.path} is for a simulation, which runs no tasks",
            f"Start it with --simulate; or give the emulator {_ANOTHER}.",
        )
    if simulated and not is_simulated:
        raise EmulatorError(
            f"{root.path} is for tasks that run, not for a simulation",
            f"Give the simulation {_ANOTHER}.",
        )


def _new_account() -> Account:
    return Account(_ACCOUNT_NAME, base64.b64encode(secrets.token_bytes(64)).decode())
