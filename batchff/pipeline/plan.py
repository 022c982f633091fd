"""Plan: find the media files and say what becomes of each. Looks at files only; no network."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.errors import InputError
from batchff.ffmpeg.media import is_media, output_relative
from batchff.ffmpeg.playlists import HEAD_SIZE, LARGEST_PLAYLIST, playlist_kind, tag_size
from batchff.ffmpeg.presets import Preset
from batchff.model.files import Source
from batchff.model.items import Item, ItemTask, Output
from batchff.pipeline.names import OUTPUT_FOLDER, input_blob, output_blob, task_id

_LONGEST_BLOB_NAME = 1024
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The media files below the paths given, in order; `left_out` counts the others by reason."""

    sources: tuple[Source, ...]
    left_out: Mapping[str, int]

    @property
    def bytes(self) -> int:
        return sum(source.size for source in self.sources)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a folder are taken.

    A pattern is a shell glob, matched without case against the path below the folder and against
    the name; `*` crosses `/`. With `include`, the files that match are taken whatever their
    suffix. `home` is where outputs go: it's never searched. With `playlists`, files are taken that
    make ffmpeg read others.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    home: Path | None = None
    playlists: bool = False

    def excludes(self, relative: str) -> bool:
        """Say whether a file, or a folder with all that is in it, isn't wanted."""
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


def find_media(paths: Sequence[Path], selection: Selection | None = None) -> Found:
    """Walk the paths and return the files to encode.

    The files of a single folder are named by their path below it; of several paths, each folder's
    files stand under the folder's own name. Links are followed, loops are not.

    Raises InputError where a path doesn't exist, a file can't be read, is empty or a playlist, two
    files would have the same name, or there's nothing to encode: all before anything is sent.
    """
    search = _Search(selection or Selection())
    for path in paths:
        prefix = "" if len(paths) == 1 else f"{path.resolve().name}/"
        search.add(path, prefix)
    search.raise_problems()
    found = Found(tuple(search.sources), dict(search.left_out))
    if not found.sources:
        raise InputError(
            f"no media in {_listed(str(path) for path in paths)}: {describe_left_out(found)}",
            hint="media is known by its suffix; take others with --include, as in "
            "--include '*.dat'",
        )
    return found


def describe_left_out(found: Found) -> str:
    """Say in words how many files were left out, and why."""
    reasons = [f"{count} {reason}" for reason, count in sorted(found.left_out.items())]
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
        self._home = selection.home and selection.home.resolve()
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
                + _listed(self._problems, "; "),
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
        return name != OUTPUT_FOLDER and (self._home is None or path.resolve() != self._home)

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


def plan_items(
    files: Iterable[tuple[str, int]], *, input_set: str, job: str, preset: Preset
) -> tuple[Item, ...]:
    """Say for each file (relative path, size in bytes) what it will be called everywhere.

    Raises InputError where two files would write the same output, or a name is too long.
    """
    items = [
        Item(
            relative=relative,
            size=size,
            input_blob=input_blob(input_set, relative),
            outputs=(
                Output(made := output_relative(relative, preset.suffix), output_blob(job, made)),
            ),
            tasks=(ItemTask(task_id(relative), makes=(0,)),),
        )
        for relative, size in files
    ]
    _refuse_collisions(items)
    for item in items:
        names = (item.input_blob, *(output.blob for output in item.outputs))
        if max(map(len, names)) > _LONGEST_BLOB_NAME:
            raise InputError(
                f"the path of {item.relative!r} is too long for a blob's name "
                f"({_LONGEST_BLOB_NAME} characters)",
                hint="shorten it, or submit a folder further down",
            )
    return tuple(items)


def _refuse_collisions(items: Sequence[Item]) -> None:
    """Raise InputError where two outputs have one name, or one is the folder of another."""
    by_output: dict[str, list[str]] = {}
    made = [(item.relative, output.relative) for item in items for output in item.outputs]
    for source, output in made:
        by_output.setdefault(output, []).append(source)
    for source, output in made:
        for folder in _folders_of(output):
            if folder in by_output:
                by_output[folder].append(source)
    clashes = [
        f"{' and '.join(repr(relative) for relative in relatives)} → {output!r}"
        for output, relatives in by_output.items()
        if len(relatives) > 1
    ]
    if clashes:
        raise InputError(
            f"several files would write the same output: {_listed(clashes, '; ')}",
            hint="rename one, or leave one out with --exclude",
        )


def _folders_of(relative: str) -> Iterator[str]:
    """Yield the folders above a file, the nearest first."""
    while slash := relative.rfind("/") + 1:
        relative = relative[: slash - 1]
        yield relative


def _matches(relative: str, patterns: Iterable[str]) -> bool:
    path = relative.casefold()
    name = path.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern)
        for pattern in (pattern.casefold() for pattern in patterns)
    )


def _listed(texts: Iterable[str], separator: str = ", ") -> str:
    """Join the first few texts, and count the rest."""
    all_texts = list(texts)
    shown = separator.join(all_texts[:_SHOWN_PROBLEMS])
    rest = len(all_texts) - _SHOWN_PROBLEMS
    return f"{shown}{separator}and {rest} more" if rest > 0 else shown


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
