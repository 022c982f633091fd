"""Second inputs: files that go to the node with a source, as `--with` names them.

`{stem}.srt` beside `videos/film.mov` is `videos/film.srt`; `logo.png` is one file for all sources.
"""

from __future__ import annotations

import os
import re
import stat
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.errors import InputError, UsageError
from batchff.model.files import Source
from batchff.model.items import Beside
from batchff.model.paths import split_suffix
from batchff.node.files import node_beside_name
from batchff.pipeline.names import beside_folder, input_blob
from batchff.wording import counted, some_clauses

_FIELDS = ("stem", "name")
_HINT = "as in --with '{stem}.srt' for a file beside each source, or --with logo.png for all"
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class FilesBeside:
    """The second inputs of sources: for each source's path below its folder, in their order."""

    by_source: Mapping[str, tuple[Source, ...]]

    @property
    def files(self) -> tuple[Source, ...]:
        """All of them, each once."""
        found = {file.relative: file for files in self.by_source.values() for file in files}
        return tuple(found.values())

    def of(self, relative: str, input_set: str) -> tuple[Beside, ...]:
        """Return those of a source as its node has them."""
        return tuple(
            Beside(
                node_beside_name(number, file.relative),
                input_blob(input_set, file.relative),
                file.size,
            )
            for number, file in enumerate(self.by_source.get(relative, ()))
        )


def check_patterns(patterns: Iterable[str]) -> None:
    """Raise UsageError for a pattern that names no file."""
    for pattern in patterns:
        try:
            parsed = list(string.Formatter().parse(pattern))
        except ValueError as error:
            raise UsageError(f"--with {pattern!r}: {error}", hint=_HINT) from None
        for _, name, layout, conversion in parsed:
            if name is not None and (name not in _FIELDS or layout or conversion):
                raise UsageError(
                    f"--with {pattern!r} has no field {{{name}}}; they are {{stem}} and {{name}}",
                    hint=_HINT,
                )
        if not pattern.strip() or pattern.endswith("/"):
            raise UsageError(f"--with {pattern!r} names no file", hint=_HINT)


def beside_names(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return what the files of these patterns are called on a node.

    Raises UsageError for a pattern that names no file.
    """
    check_patterns(patterns)
    return tuple(node_beside_name(number, pattern) for number, pattern in enumerate(patterns))


def find_beside(patterns: Sequence[str], sources: Iterable[Source]) -> FilesBeside:
    """Return the second inputs of sources.

    Raises UsageError for a pattern that names no file, and InputError where a file is missing,
    empty or can't be read.
    """
    check_patterns(patterns)
    problems: list[str] = []
    by_source: dict[str, tuple[Source, ...]] = {}
    common = {
        number: _common(pattern, number)
        for number, pattern in enumerate(patterns)
        if not is_for_each(pattern)
    }
    for source in sources:
        files = []
        for number, pattern in enumerate(patterns):
            try:
                files.append(common.get(number) or _of_source(pattern, number, source))
            except OSError as error:
                problems.append(f"{source.relative!r}: {error}")
        by_source[source.relative] = tuple(files)
    if problems:
        raise InputError(
            f"{counted(len(problems), 'file')} for --with can't be had: "
            + some_clauses(problems, _SHOWN_PROBLEMS),
            hint="put them there, or leave those sources out with --exclude",
        )
    return FilesBeside(by_source if patterns else {})


def is_for_each(pattern: str) -> bool:
    """Return whether each source has a file of its own by this pattern."""
    return any(name is not None for _, name, _, _ in string.Formatter().parse(pattern))


def _common(pattern: str, number: int) -> Source:
    path = Path(pattern.replace("{{", "{").replace("}}", "}")).expanduser()
    try:
        return _file(path, path.name, number)
    except OSError as error:
        raise InputError(f"--with {pattern!r}: {error}", hint="check the path") from None


def _of_source(pattern: str, number: int, source: Source) -> Source:
    stem = split_suffix(source.path.name)[0]
    name = pattern.format(stem=stem, name=source.path.name)
    folder, slash, _ = source.relative.rpartition("/")
    # Where the pattern goes up a folder, the blob's name doesn't.
    below = re.sub(r"(^|/)\.{1,2}(?=/)", "", name).lstrip("/")
    return _file(source.path.parent / name, f"{folder}{slash}{below}", number)


def _file(path: Path, relative: str, number: int) -> Source:
    """Return a file as it's sent; raise OSError, with the reason as its text, for an unfit one."""
    try:
        status = path.stat()
    except OSError as error:
        raise OSError(f"{str(path)!r}: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{str(path)!r} isn't a regular file")
    if not os.access(path, os.R_OK):
        raise OSError(f"{str(path)!r} can't be read")
    if not status.st_size:
        raise OSError(f"{str(path)!r} is empty")
    return Source(path, beside_folder(number) + relative, status.st_size, status.st_mtime_ns)
