"""Selection: which files of a folder are taken, by their names alone."""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from batchff.ffmpeg.media import is_media

# Of Synology, QNAP, Windows, macOS, and of Linux' file systems; in small letters.
_SYSTEM_FOLDERS = frozenset(
    {
        *("@eadir", "#recycle", "#snapshot", "@tmp", "@recycle", "@recently-snapshot"),
        *("$recycle.bin", "recycler", "recycled", "system volume information"),
        *("network trash folder", "temporary items", "lost+found"),
    }
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a folder are taken.

    A pattern is a shell glob, matched without case against the path below the folder that was given
    and against the name; `*` crosses `/`. With `include`, the files that match are taken whatever
    their suffix. `output_folder` is never searched. With `playlists`, files are taken that make
    ffmpeg read others. Files that match `carry` and aren't taken are carried along; of a path that
    is a file, those beside it whose names begin with its stem.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    carry: tuple[str, ...] = ()
    output_folder: Path | None = None
    playlists: bool = False

    def excludes(self, relative: str) -> bool:
        """Return whether a file, or a folder with all that is in it, isn't wanted."""
        return matches(relative, self.exclude)

    def carries(self, relative: str) -> bool:
        """Return whether a file that isn't taken is carried along."""
        is_hidden = relative.rpartition("/")[2].startswith(".")
        return not is_hidden and matches(relative, self.carry)

    def reason_to_leave_out(self, relative: str) -> str | None:
        """Return why a file isn't taken, or None when it is."""
        if self.excludes(relative):
            return "excluded"
        if self.include:
            return None if matches(relative, self.include) else "not included"
        if relative.rpartition("/")[2].startswith("."):
            return "hidden"
        return None if is_media(relative) else "not media"

    @property
    def globs(self) -> dict[str, str]:
        """All globs by their words on the command line."""
        named = (("include", self.include), ("exclude", self.exclude), ("carry", self.carry))
        return {
            f"--{name} {shlex.quote(pattern)}": pattern
            for name, patterns in named
            for pattern in patterns
        }


def is_system_folder(name: str) -> bool:
    """Return whether a folder is a bin, or belongs to a storage device or an operating system."""
    return name.casefold() in _SYSTEM_FOLDERS


def matches(relative: str, patterns: Iterable[str]) -> bool:
    """Return whether a path, or its last part, matches one of these globs."""
    path = relative.casefold()
    name = path.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern)
        for pattern in (pattern.casefold() for pattern in patterns)
    )
