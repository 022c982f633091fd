"""Sources: the media files below the paths that the user gave. Looks at files only; no network."""

from __future__ import annotations

import errno
import glob
import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.errors import InputError
from batchff.ffmpeg.media import is_text, may_be_source_code
from batchff.ffmpeg.playlists import HEAD_SIZE, LARGEST_PLAYLIST, playlist_kind, tag_size
from batchff.model.files import BadFile, Source
from batchff.model.paths import split_suffix
from batchff.pipeline.names import OUTPUT_FOLDER
from batchff.pipeline.selection import Selection, is_system_folder, matches
from batchff.wording import counted, some_clauses, some_of

_SHOWN_PROBLEMS = 3
_GIVEN_TWICE = "given twice"
_SYSTEM_FOLDER = "a system folder"


@dataclass(frozen=True, slots=True)
class FoundMedia:
    """The media files below the paths given, in order; `left_out` counts the others by reason.

    The files `carried` aren't encoded: they go to the outputs' folder as they are. Nothing can be
    made of those that are `bad`. `unmatched` are the globs that matched no file, with their
    options.
    """

    sources: tuple[Source, ...]
    left_out: Mapping[str, int]
    carried: tuple[Source, ...] = ()
    bad: tuple[BadFile, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(source.size for source in self.sources)


def expanded(given: Iterable[str], *, by_us: bool = os.name == "nt") -> list[Path]:
    """Return the given paths; a glob is replaced by the paths that match it.

    Only Windows' shells leave that to the program. A glob that matches nothing stays as it is, and
    so does what is a file's own name.
    """
    paths = []
    for text in given:
        found = sorted(glob.glob(text)) if by_us and not os.path.lexists(text) else []
        paths += [Path(path) for path in found or [text]]
    return paths


def find_media(paths: Sequence[Path], selection: Selection | None = None) -> FoundMedia:
    """Walk the paths and return the files to encode.

    The files of a single folder are named by their path below it; of several paths, each folder's
    files are named below the folder's own name. Links are followed, loops are not.

    A file that can't be read, is empty or a playlist is bad, and the others are taken. Raises
    InputError where a path doesn't exist, two files would have one name, or nothing can be encoded:
    all before anything is sent.
    """
    search = _Search(selection or Selection())
    for path in paths:
        prefix = "" if len(paths) == 1 else f"{path.resolve().name}/"
        search.add(path, prefix)
    found = search.found()
    if not found.sources and found.bad:
        raise nothing_left(found.bad)
    if not found.sources:
        where = some_of([str(path) for path in paths], _SHOWN_PROBLEMS)
        raise InputError(
            f"no media in {where}: {describe_left_out(found.left_out)}",
            hint="media is known by its suffix; take others with --include, as in "
            "--include '*.dat'",
        )
    return found


def find_listed(paths: Sequence[Path], top: Path, selection: Selection) -> FoundMedia:
    """Return files that were named one by one, each once, whatever their suffix.

    A file is called by its path below the folder `top`, or by its name alone if it isn't in there.
    Raises InputError as `find_media` does.
    """
    search = _Search(selection)
    root = top.absolute()
    for path in dict.fromkeys(path.absolute() for path in paths):
        below = Path(os.path.normpath(path))
        is_inside = below.is_relative_to(root)
        search.add_file(path, below.relative_to(root).as_posix() if is_inside else path.name)
    found = search.found()
    if not found.sources:
        raise nothing_left(found.bad)
    return found


def nothing_left(files: Sequence[BadFile]) -> InputError:
    """Return the error for files of which nothing can be made."""
    count = len(files)
    reasons = [f"{bad.relative!r}: {bad.reason}" for bad in files]
    return InputError(
        f"{counted(count, 'file')} can't be encoded: {some_clauses(reasons, _SHOWN_PROBLEMS)}",
        hint="correct them, or leave them out",
    )


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """Say in words how many files were left out, and why."""
    reasons = [f"{count} {reason}" for reason, count in sorted(left_out.items())]
    return ", ".join(reasons) or "it's empty"


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the walk: its path below the one that was given, and what it and those above are.

    `prefix` is what comes before that in its files' names.
    """

    path: Path
    below: str
    prefix: str
    ancestors: tuple[tuple[int, int], ...]


class _Search:
    """One walk: the files taken, those left out, and everything that is wrong with them.

    `relative` is what a file is called in the job, `below` its path in the folder that was given.
    """

    def __init__(self, selection: Selection) -> None:
        self.sources: list[Source] = []
        self.left_out: Counter[str] = Counter()
        self._selection = selection
        self._output_folder = selection.output_folder and selection.output_folder.resolve()
        self._clashes: list[str] = []
        self._bad: list[BadFile] = []
        self._names: dict[str, Path] = {}
        self._places: set[str] = set()
        self._carried: dict[str, Source] = {}
        self._unmatched = selection.globs

    def add(self, path: Path, prefix: str) -> None:
        try:
            status = path.stat()
        except OSError as error:
            raise InputError(
                f"can't read {str(path)!r}: {_reason(error)}", hint="check the path"
            ) from error
        if stat.S_ISDIR(status.st_mode):
            self._walk(_Folder(path, "", prefix, (_identity(status),)))
        else:
            self._note_matches(path.name)
            self._take(path, path.name, path.name, status)
            self._carry_siblings(path, path.name)

    def add_file(self, path: Path, relative: str) -> None:
        """Take a file that a list names."""
        try:
            status = path.stat()
        except OSError as error:
            self._note_bad(relative, _reason(error))
            return
        self._take_wanted(path, relative, status)
        self._carry_siblings(path, relative)

    def found(self) -> FoundMedia:
        """Return what the walk has found; raise InputError where two files have one name."""
        if self._clashes:
            clashes = some_clauses(self._clashes, _SHOWN_PROBLEMS)
            raise InputError(
                f"several files would have one name: {clashes}",
                hint="rename them, or leave them out with --exclude",
            )
        carried = (file for name, file in self._carried.items() if name not in self._names)
        return FoundMedia(
            tuple(self.sources),
            dict(self.left_out),
            tuple(carried),
            tuple(self._bad),
            tuple(self._unmatched),
        )

    def _walk(self, top: _Folder) -> None:
        # A stack of our own: a tree can be deeper than Python's calls can be nested.
        entries = [(top, name) for name in self._names_in(top)]
        while entries:
            folder, name = entries.pop()
            path, below = folder.path / name, folder.below + name
            self._note_matches(below)
            try:
                status = path.stat()
            except OSError as error:
                if reason := self._selection.reason_to_leave_out(below):
                    self.left_out[reason] += 1
                else:
                    self._note_bad(folder.prefix + below, _reason(error))
                continue
            if not stat.S_ISDIR(status.st_mode):
                self._take(path, folder.prefix + below, below, status)
            elif self._is_searched(path, below):
                identity = _identity(status)
                if identity in folder.ancestors:
                    self.left_out["a loop of links"] += 1
                else:
                    inner = _Folder(path, f"{below}/", folder.prefix, (*folder.ancestors, identity))
                    entries += [(inner, name) for name in self._names_in(inner)]

    def _note_bad(self, relative: str, reason: str, size: int = 0) -> None:
        name = relative.encode("utf-8", "backslashreplace").decode()
        self._bad.append(BadFile(name, size, reason))

    def _names_in(self, folder: _Folder) -> list[str]:
        """Return the names in a folder, the first at the end."""
        try:
            return sorted(os.listdir(folder.path), reverse=True)
        except OSError as error:
            name = (folder.prefix + folder.below).rstrip("/") or str(folder.path)
            self._note_bad(name, f"the folder can't be read: {_reason(error)}")
            return []

    def _note_matches(self, below: str) -> None:
        """Note which globs match a file or a folder: the user sees those that match nothing."""
        for words, pattern in tuple(self._unmatched.items()):
            if matches(below, (pattern,)):
                del self._unmatched[words]

    def _is_searched(self, path: Path, below: str) -> bool:
        name = below.rpartition("/")[2]
        reason = "hidden" if name.startswith(".") else None
        reason = _SYSTEM_FOLDER if is_system_folder(name) else reason
        reason = "excluded" if self._selection.excludes(below) else reason
        if reason is not None:
            self.left_out[reason] += 1
            return False
        if name == OUTPUT_FOLDER:
            return False
        return self._output_folder is None or path.resolve() != self._output_folder

    def _carry_siblings(self, path: Path, relative: str) -> None:
        """Carry along the files beside a file whose names begin with its stem."""
        if not self._selection.carry:
            return
        folder, slash, _ = relative.rpartition("/")
        stem = split_suffix(path.name)[0]
        try:
            names = sorted(os.listdir(path.parent))
        except OSError as error:
            self._note_bad(
                folder or str(path.parent), f"the folder can't be read: {_reason(error)}"
            )
            return
        for name in names:
            if name.startswith(f"{stem}.") and name != path.name:
                sibling = path.parent / name
                self._note_matches(name)
                if self._selection.carries(name) and sibling.is_file():
                    self._carry(sibling, f"{folder}{slash}{name}", sibling.stat())

    def _carry(self, path: Path, relative: str, status: os.stat_result) -> None:
        if problem := self._problem_of_any(path, relative, status):
            self._note_bad(relative, problem, status.st_size)
            return
        self._carried[relative] = Source(path, relative, status.st_size, status.st_mtime_ns)

    def _take(self, path: Path, relative: str, below: str, status: os.stat_result) -> None:
        reason = self._selection.reason_to_leave_out(below)
        if reason is None:
            self._take_wanted(path, relative, status)
        elif self._selection.carries(below):
            self._carry(path, relative, status)
        else:
            self.left_out[reason] += 1

    def _take_wanted(self, path: Path, relative: str, status: os.stat_result) -> None:
        place = os.path.abspath(path)
        if place in self._places:
            self.left_out[_GIVEN_TWICE] += 1
            return
        if self._is_source_code(path, status):
            self.left_out["not media"] += 1
            return
        self._places.add(place)
        if relative in self._names:
            self._clashes.append(f"{relative!r} is the same name as {str(self._names[relative])!r}")
            return
        if problem := self._problem_with(path, relative, status):
            self._note_bad(relative, problem, status.st_size)
            return
        self._names[relative] = path
        self.sources.append(Source(path, relative, status.st_size, status.st_mtime_ns))

    def _is_source_code(self, path: Path, status: os.stat_result) -> bool:
        """Return whether a file only has a suffix of media: it's left out unless it's asked for."""
        if self._selection.include or not may_be_source_code(path.name) or not status.st_size:
            return False
        try:
            return stat.S_ISREG(status.st_mode) and is_text(_head_of(path))
        except OSError:
            return False  # said with the other problems

    def _problem_with(self, path: Path, relative: str, status: os.stat_result) -> str | None:
        problem = self._problem_of_any(path, relative, status)
        if problem is None and status.st_size == 0:
            problem = "it's empty (0 bytes)"
        if problem or self._selection.playlists or status.st_size > LARGEST_PLAYLIST:
            return problem
        try:
            kind = playlist_kind(_head_of(path))
        except OSError as error:
            return _reason(error)
        return f"it's {kind}" if kind else None

    def _problem_of_any(self, path: Path, relative: str, status: os.stat_result) -> str | None:
        """Return what is wrong with a file that is sent, whatever is in it."""
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            return os.strerror(errno.EACCES)
        try:
            relative.encode()
        except UnicodeEncodeError:
            return "its name isn't valid UTF-8"
        return None


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
