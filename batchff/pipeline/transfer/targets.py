"""Where outputs go: their paths below one folder, and what may be replaced there."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from batchff.cloud.storage import file_md5
from batchff.errors import TransferError
from batchff.model.file_names import extended, names_here
from batchff.model.files import BlobInfo
from batchff.pipeline.transfer.partials import move_partial, remove_stale_partials


@dataclass(frozen=True, slots=True)
class Target:
    """Where an output goes.

    `shown` is the path as the user writes it, `path` the same file with no link among its folders.
    """

    relative: str
    shown: Path
    path: Path


class Targets:
    """Where outputs go below one folder: never outside it, and never two to one file."""

    def __init__(
        self, folder: Path, former: Mapping[str, Sequence[BlobInfo]], *, overwrite: bool
    ) -> None:
        self.overwrite = overwrite
        self._former = former
        self._folder = folder
        self._names = names_here()
        self._made: dict[str, Path] = {}
        self._taken: dict[tuple[int, int], Target] = {}
        self._lock = threading.Lock()

    def take(self, relative: str) -> Target:
        """Return an output's target, with its folder made.

        Raises TransferError for a name, or a link, that would lead out of the folder.
        """
        parts = relative.split("/")
        leads_elsewhere = {"", ".", ".."} & set(parts)
        reason = self._names.why_not(relative)
        if leads_elsewhere or "\0" in relative or reason:
            why = f": {reason}" if reason else ""
            raise TransferError(
                f"output {relative!r} has a name that can't be a file here{why}",
                hint="download it with another tool",
            )
        shown = self._folder.joinpath(*parts)
        folder = relative.rpartition("/")[0]
        with self._lock:
            if folder not in self._made:
                self._made[folder] = self._make_folder(shown.parent)
            return Target(relative, shown, extended(self._made[folder] / parts[-1]))

    def _make_folder(self, shown: Path) -> Path:
        """Make a folder below the outputs' own; return its path without links."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            top = Path(os.path.realpath(self._folder))
            folder = Path(os.path.realpath(shown))
            if not folder.is_relative_to(top):
                raise TransferError(
                    f"{str(shown)!r} leads out of the outputs' folder by a link",
                    hint="remove the link, or choose another folder",
                )
            folder = extended(folder)
            folder.mkdir(parents=True, exist_ok=True)
            if folder not in self._made.values():  # in ours, partial files are being written
                remove_stale_partials(folder)
        except OSError as error:
            raise TransferError(
                f"can't make the folder {str(shown)!r}: {error.strerror}",
                hint="choose another folder",
            ) from error
        return folder

    def refuse_to_replace(self, target: Target) -> None:
        """Raise TransferError where there is a file that must stay."""
        if not os.path.lexists(target.path):
            return
        self._refuse_one_file_for_two(target)
        if target.path.is_dir() or not self._may_replace(target):
            raise taken_by_another(target)

    def _may_replace(self, target: Target) -> bool:
        """Return whether a file at the target may be replaced; a folder never is."""
        former = self._former.get(target.relative, ())
        return self.overwrite or any(is_the_same(target.path, blob) for blob in former)

    def refuse_folder(self, target: Target) -> None:
        """Raise TransferError where something is there that a folder may not replace."""
        if not os.path.lexists(target.path):
            return
        if not target.path.is_dir():
            raise TransferError(
                f"{str(target.shown)!r} is there already, and is no folder",
                hint="choose another folder, or remove that file",
            )
        if not self.overwrite:
            raise TransferError(
                f"{str(target.shown)!r} is there already, and has other files",
                hint="choose another folder, or replace all of it with --overwrite",
            )

    def put(self, partial: FileIO, target: Target, blob: BlobInfo) -> bool:
        """Move a whole file to its target in one step; return whether it was moved.

        It isn't where another process has downloaded the same file meanwhile.
        """
        with self._lock:
            replaces = self._may_replace(target)
            if replaces:
                self.refuse_to_replace(target)
            else:
                self._refuse_one_file_for_two(target)
            identity = _identity(os.fstat(partial.fileno()))
            try:
                moment = blob.modified.timestamp()
                move_partial(partial, target.path, modified=moment, overwrite=replaces)
            except FileExistsError:
                pass
            else:
                self._taken[identity] = target
                return True
        if not is_the_same(target.path, blob):
            raise taken_by_another(target)
        self.remember(target)
        return False

    def remember(self, target: Target) -> None:
        """Note that an output now is at this path."""
        with suppress(FileNotFoundError):
            self._taken[_identity(target.path.lstat())] = target

    def _refuse_one_file_for_two(self, target: Target) -> None:
        with suppress(FileNotFoundError):
            found = target.path.lstat()
            other = self._taken.get(_identity(found))
            # Once another process has replaced a file, a new one may have its number.
            if other is not None and os.path.samestat(other.path.lstat(), found):
                raise TransferError(
                    f"{target.relative!r} and {other.relative!r} are one file on this file system",
                    hint="download to one that tells them apart",
                )


@contextmanager
def as_transfer_errors(target: Target) -> Iterator[None]:
    """Raise TransferError where an output can't be written."""
    try:
        yield
    except OSError as error:
        raise TransferError(
            f"can't write {str(target.shown)!r}: {error.strerror}",
            hint="choose another folder",
        ) from error


def taken_by_another(target: Target) -> TransferError:
    """Return the error that something else is at a target, and stays."""
    if target.path.is_dir():  # what a folder holds is never overwritten
        return TransferError(
            f"{str(target.shown)!r} is there already, and is a folder",
            hint="choose another folder, or remove that one",
        )
    return TransferError(
        f"{str(target.shown)!r} is there already, and isn't the same",
        hint="choose another folder, or replace it with --overwrite",
    )


def is_the_same(path: Path, blob: BlobInfo) -> bool:
    """Return whether a file has a blob's bytes.

    The blob's time is set on whole files alone, so a file that has it isn't hashed. The time of a
    file behind a link proves nothing: no download makes links.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != blob.size:
            return False
        has_its_time = status.st_mtime == blob.modified.timestamp()
        return (has_its_time and not path.is_symlink()) or file_md5(path) == blob.md5
    except FileNotFoundError:
        return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
