"""The manifest of an output that is a folder: which files are in it, as the node says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from batchff.model.recipes import WHOLE

_LINE = re.compile(r"(0|[1-9][0-9]{0,18}) ([0-9a-f]{32}) (.+)", re.DOTALL)


class ManifestError(ValueError):
    """A manifest that isn't one: cut off, spoilt, or naming what is outside of its folder."""


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file in a folder: its path there with `/` between the parts, its size, its MD5."""

    path: str
    size: int
    md5: str


def manifest_name(node_name: str) -> str:
    """Return what the manifest of a folder output is called on its node, beside the folder."""
    return "files.manifest" if node_name == WHOLE else f"{node_name}.manifest"


def parse_manifest(content: bytes) -> tuple[ManifestFile, ...]:
    """Return the files that a manifest names.

    Raises ManifestError for an empty one, for one that doesn't end with a line break, and for a
    path that is absolute, leaves the folder, is there twice, or is both a file and a folder.
    """
    # A name is whatever bytes ffmpeg gave it.
    text = content.decode("utf-8", "surrogateescape")
    if not text.endswith("\n"):
        raise ManifestError("it's empty, or cut off")
    files = tuple(_read(line) for line in text[:-1].split("\n"))
    paths = {file.path for file in files}
    if len(paths) < len(files):
        raise ManifestError("it names a file twice")
    folders = {parent for path in paths for parent in _parents(path)}
    if paths & folders:
        raise ManifestError(f"{min(paths & folders)!r} is both a file and a folder")
    return files


def _read(line: str) -> ManifestFile:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ManifestError(f"it has a line that isn't known: {line[:200]!r}")
    size, md5, path = found.groups()
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ManifestError(f"it names {path[:200]!r}, which isn't in its folder")
    return ManifestFile(path, int(size), md5)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
