"""Partial files: an output is written to one beside its place, and moved there once it's whole.

Any number of processes may write to one folder. Each attempt has a partial file of its own, which
it holds a lock on; one that nobody holds was left by a process that was killed. What becomes a
folder is a partial folder, with an empty partial file beside it for the lock: not every system
locks folders. The file is made before its folder and removed after it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from batchff.errors import TransferError

if sys.platform != "win32":
    import fcntl

# Earlier versions gave an output's partial file one name for all processes, of 16 digits.
_NAME = re.compile(r"\.batchff-([0-9a-f]{16}|[0-9a-f]{24})")
_BEGINS = ".batchff-"
_FOLDER_SUFFIX = "-folder"

_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)


@contextmanager
def partial_file(folder: Path) -> Iterator[FileIO]:
    """Lend a new, empty file in a folder, open for appending, under a name that nobody else has.

    At the end of the block it's closed and, unless it was moved away, removed.
    """
    file = _make_partial(folder)
    try:
        yield file
    finally:
        if sys.platform == "win32":
            file.close()  # what is open can't be removed there
        # The lock is held until the name is gone, so that nobody else removes it.
        _path_of(file).unlink(missing_ok=True)
        file.close()


@contextmanager
def partial_folder(beside: Path) -> Iterator[Path]:
    """Lend a new, empty folder in a folder, under a name that nobody else has.

    At the end of the block, what wasn't moved away is removed.
    """
    with partial_file(beside) as lock:
        path = _folder_of(_path_of(lock))
        path.mkdir(mode=0o777)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def move_partial(file: FileIO, path: Path, *, modified: float, overwrite: bool) -> None:
    """Move a whole partial file to a path in the same folder in one step, with its time set.

    Raises FileExistsError where something is there and isn't to be overwritten, and TransferError
    where the name of the partial file leads to another file by now.
    """
    partial = _path_of(file)
    # A disk in the network may say only when a file is closed that it's full; a copy is closed,
    # because the lock must stay. It isn't synced to disk, which costs as much as writing it: after
    # a power failure file systems with a journal show a file too short, never with zeros at its
    # full size, so it doesn't pass for unchanged, and the blob can be downloaded again.
    os.close(os.dup(file.fileno()))
    # The time says later that the file is whole, so it's set when nothing is left to be written.
    os.utime(file.fileno() if os.utime in os.supports_fd else partial, (modified, modified))
    try:
        is_our_file = os.path.samestat(os.fstat(file.fileno()), partial.lstat())
    except FileNotFoundError:
        is_our_file = False
    if not is_our_file:
        raise TransferError(
            f"{str(path)!r} can't be made: another program removed or replaced its partial file",
            hint="give the command again: it downloads what is missing",
        )
    if sys.platform == "win32":
        file.close()  # what is open can't be moved there
    if overwrite:
        partial.replace(path)
    else:
        _rename_to_free(partial, path)


def remove_stale_partials(folder: Path) -> None:
    """Remove the partial files and folders whose processes were killed, and no others."""
    with os.scandir(folder) as entries:
        found = {entry.name: entry for entry in entries if entry.name.startswith(_BEGINS)}
    for name, entry in found.items():
        # One that is gone meanwhile, or is another user's, is no obstacle.
        with suppress(OSError):
            if _NAME.fullmatch(name) and entry.is_file(follow_symlinks=False):
                _remove_if_stale(folder / name)
            elif _is_folders_name(name) and entry.is_dir(follow_symlinks=False):
                _remove_without_lock(folder / name)


def _remove_if_stale(path: Path) -> None:
    if sys.platform == "win32":
        path.unlink()  # refused while a process has it open
        _remove_folder(_folder_of(path))
        return
    descriptor = os.open(path, os.O_WRONLY | _NOFOLLOW | _NONBLOCK)
    try:
        if _lock(descriptor):
            _remove_folder(_folder_of(path))
            path.unlink()
    finally:
        os.close(descriptor)


def _remove_without_lock(path: Path) -> None:
    """Remove a partial folder whose file is gone: its process, or whoever removed that, is dead."""
    if not os.path.lexists(path.with_name(path.name.removesuffix(_FOLDER_SUFFIX))):
        _remove_folder(path)


def _remove_folder(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)


def _folder_of(file: Path) -> Path:
    return file.with_name(file.name + _FOLDER_SUFFIX)


def _is_folders_name(name: str) -> bool:
    return name.endswith(_FOLDER_SUFFIX) and bool(_NAME.fullmatch(name[: -len(_FOLDER_SUFFIX)]))


def _make_partial(folder: Path) -> FileIO:
    while True:
        path = folder / f"{_BEGINS}{secrets.token_hex(12)}"
        try:
            file = open(path, "xb", buffering=0, opener=_open_to_append)  # noqa: SIM115
        except FileExistsError:
            continue  # whatever has the name, a link too, is someone else's
        try:
            is_held = _lock(file.fileno())
        except OSError:
            is_held = True  # without locks here, nobody can take it for stale
        # Another process may have found it before it was locked, and taken it for stale.
        if is_held and os.path.lexists(path):
            return file
        file.close()
        path.unlink(missing_ok=True)


def _open_to_append(path: str, flags: int) -> int:
    # Appending: if another program cuts the file, it ends too short and is refused. Written at
    # its place, the rest would leave zeros before it, and the size would be right.
    return os.open(path, flags | os.O_APPEND | _NOFOLLOW, 0o666)


def _lock(descriptor: int) -> bool:
    """Lock a file until it's closed; return whether nobody else holds it.

    Raises OSError where the file system has no locks.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rename_to_free(partial: Path, path: Path) -> None:
    try:
        os.link(partial, path)  # in contrast to a rename, it never replaces anything
    except FileExistsError:
        raise
    except OSError:
        # Not every file system has hard links; a moment is left between the look and the move.
        if os.path.lexists(path):
            raise FileExistsError(f"{str(path)!r} is there") from None
        partial.replace(path)


def _path_of(file: FileIO) -> Path:
    return Path(os.fsdecode(file.name))
