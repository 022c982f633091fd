"""Sources: the media files below the paths that the user gave. Looks at files only; no network."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.errors import InputError
from batchff.ffmpeg.media import is_media
from batchff.ffmpeg.playlists import HEAD_SIZE, LARGEST_PLAYLIST, playlist_kind, tag_size
from batchff.model.files import Source
from batchff.pipeline.names import OUTPUT_FOLDER
from batchff.wording import some_clauses, some_of

_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class FoundMedia:
    """The media files below the paths given, in order; `left_out` counts the others by reason."""

    sources: tuple[Source, ...]
    left_out: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(source.size for source in self.sources)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a folder are taken.

    A pattern is a shell glob, matched without case against the path below the folder and against
    the name; `*` crosses `/`. With `include`, the files that match are taken whatever their
    suffix. `output_folder` is never searched. With `playlists`, files are taken that make ffmpeg
    read others.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    output_folder: Path | None = None
    playlists: bool = False

    def excludes(self, relative: str) -> bool:
        """Return whether a file, or a folder with all that is in it, isn't wanted."""
        return _matches(relative, self.exclude)

    def reason_to_leave_out(self, relative: str) -> str | None:
        """Return why a file isn't taken, or None when it is."""
        if self.excludes(relative):
            return "excluded"
        if self.include:
            return None if _matches(relative, self.include) else "not included"
        if relative.rpartition("/")[2].startswith("."):
            return "hidden"
        return None if is_media(relative) else "not media"


def find_media(paths: Sequence[Path], selection: Selection | None = None) -> FoundMedia:
    """Walk the paths and return the files to encode.

    The files of a single folder are named by their path below it; of several paths, each folder's
    files are named below the folder's own name. Links are followed, loops are not.

    Raises InputError where a path doesn't exist, a file can't be read, is empty or a playlist, two
    files would have the same name, or there's nothing to encode: all before anything is sent.
    """
    search = _Search(selection or Selection())
    for path in paths:
        prefix = "" if len(paths) == 1 else f"{path.resolve().name}/"
        search.add(path, prefix)
    search.raise_problems()
    found = FoundMedia(tuple(search.sources), dict(search.left_out))
    if not found.sources:
        where = some_of([str(path) for path in paths], _SHOWN_PROBLEMS)
        raise InputError(
            f"no media in {where}: {describe_left_out(found.left_out)}",
            hint="media is known by its suffix; take others with --include, as in "
            "--include '*.dat'",
        )
    return found


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """Say in words how many files were left out, and why."""
    reasons = [f"{count} {reason}" for reason, count in sorted(left_out.items())]
    return ", ".join(reasons) or "it's empty"


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the walk: what its files' names begin with, and what it and those above are."""

    path: Path
    prefix: str
    ancestors: tuple[tuple[int, int], ...]


class _Search:
    """One walk: the files taken, those left out, and everything that is wrong with them."""

    def __init__(self, selection: Selection) -> None:
        self.sources: list[Source] = []
        self.left_out: Counter[str] = Counter()
        self._selection = selection
        self._output_folder = selection.output_folder and selection.output_folder.resolve()
        self._problems: list[str] = []
        self._names: dict[str, Path] = {}

    def add(self, path: Path, prefix: str) -> None:
        try:
            status = path.stat()
        except OSError as error:
            raise InputError(
                f"can't read {str(path)!r}: {_reason(error)}", hint="check the path"
            ) from error
        if stat.S_ISDIR(status.st_mode):
            self._walk(_Folder(path, prefix, (_identity(status),)))
        else:
            self._take(path, path.name, status)

    def raise_problems(self) -> None:
        if self._problems:
            count = len(self._problems)
            raise InputError(
                f"{count} {'file' if count == 1 else 'files'} can't be encoded: "
                + some_clauses(self._problems, _SHOWN_PROBLEMS),
                hint="correct them, or leave them out with --exclude",
            )

    def _walk(self, top: _Folder) -> None:
        # A stack of our own: a tree can be deeper than Python's calls can be nested.
        entries = [(top, name) for name in self._names_in(top)]
        while entries:
            folder, name = entries.pop()
            path, relative = folder.path / name, folder.prefix + name
            try:
                status = path.stat()
            except OSError as error:
                if self._wanted(relative):
                    self._problems.append(f"{relative!r}: {_reason(error)}")
                continue
            if not stat.S_ISDIR(status.st_mode):
                self._take(path, relative, status)
            elif self._is_searched(path, relative):
                identity = _identity(status)
                if identity in folder.ancestors:
                    self.left_out["a loop of links"] += 1
                else:
                    below = _Folder(path, f"{relative}/", (*folder.ancestors, identity))
                    entries += [(below, name) for name in self._names_in(below)]

    def _names_in(self, folder: _Folder) -> list[str]:
        """Return the names in a folder, the first at the end."""
        try:
            return sorted(os.listdir(folder.path), reverse=True)
        except OSError as error:
            self._problems.append(f"{str(folder.path)!r}: {_reason(error)}")
            return []

    def _is_searched(self, path: Path, relative: str) -> bool:
        name = relative.rpartition("/")[2]
        reason = "hidden" if name.startswith(".") else None
        reason = "excluded" if self._selection.excludes(relative) else reason
        if reason is not None:
            self.left_out[reason] += 1
            return False
        if name == OUTPUT_FOLDER:
            return False
        return self._output_folder is None or path.resolve() != self._output_folder

    def _wanted(self, relative: str) -> bool:
        reason = self._selection.reason_to_leave_out(relative)
        if reason is not None:
            self.left_out[reason] += 1
        return reason is None

    def _take(self, path: Path, relative: str, status: os.stat_result) -> None:
        if not self._wanted(relative):
            return
        problem = self._problem_with(path, relative, status)
        if problem:
            self._problems.append(f"{relative!r}: {problem}")
            return
        self._names[relative] = path
        self.sources.append(Source(path, relative, status.st_size, status.st_mtime_ns))

    def _problem_with(self, path: Path, relative: str, status: os.stat_result) -> str | None:
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            return os.strerror(errno.EACCES)
        if status.st_size == 0:
            return "it's empty (0 bytes)"
        if relative in self._names:
            return f"the same name as {str(self._names[relative])!r}"
        try:
            relative.encode()
        except UnicodeEncodeError:
            return "its name isn't valid UTF-8"
        if self._selection.playlists or status.st_size > LARGEST_PLAYLIST:
            return None
        try:
            kind = playlist_kind(_head_of(path))
        except OSError as error:
            return _reason(error)
        return f"it's {kind}" if kind else None


def _matches(relative: str, patterns: Iterable[str]) -> bool:
    path = relative.casefold()
    name = path.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern)
        for pattern in (pattern.casefold() for pattern in patterns)
    )


def _head_of(path: Path) -> bytes:
    """Return what a file begins with, or what follows its ID3 tag."""
    # Unbuffered: of tens of thousands of files, a page of each is read and no more.
    with path.open("rb", buffering=0) as file:
        head = file.read(HEAD_SIZE)
        if skipped := tag_size(head):
            file.seek(skipped)
            head = file.read(HEAD_SIZE)
    return head


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
