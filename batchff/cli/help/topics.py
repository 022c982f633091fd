"""The topics of `batchff help`: the documents in `.github/docs`, and the emulator's own.

A wheel has the documents as `batchff/docs`; an editable installation reads them where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import batchff
from batchff.errors import NotFoundError
from batchff.wording import some_of

_ALIASES = {"profile": "profiles", "preset": "presets", "exit-code": "exit-codes", "file": "files"}
_EMULATOR = "emulator"


@dataclass(frozen=True, slots=True)
class Topic:
    """A document: its name, what it's about, and its text in Markdown."""

    name: str
    title: str
    file: Path

    @property
    def text(self) -> str:
        """The document."""
        return self.file.read_text("utf-8")


def topics() -> Mapping[str, Topic]:
    """Return all topics by their names, in order."""
    return {topic.name: topic for topic in sorted(_found(), key=lambda topic: topic.name)}


def topic_called(name: str) -> Topic | None:
    """Return the topic of this name, however it's written; None where there is none."""
    wanted = _plain(name)
    return topics().get(_ALIASES.get(wanted, wanted))


def find_topic(name: str) -> Topic:
    """Return the topic that is called so, or the only one that begins so; raise NotFoundError."""
    if (called := topic_called(name)) is not None:
        return called
    known = topics()
    begun = [topic for topic in known.values() if topic.name.startswith(_plain(name))]
    if len(begun) == 1:
        return begun[0]
    raise NotFoundError(
        f"there is no topic or command {name!r}",
        hint=f"topics: {some_of(list(known), len(known))}; commands: batchff --help",
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


def _found() -> Iterator[Topic]:
    package = Path(batchff.__file__).parent
    inside, beside = package / "docs", package.parent / ".github" / "docs"
    folder = inside if inside.is_dir() else beside
    files = {file.stem: file for file in folder.glob("*.md")}
    files[_EMULATOR] = package / "emulator" / "README.md"
    for name, file in files.items():
        if file.is_file():
            yield Topic(name, _title(file), file)


def _title(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        first = next((line for line in lines if line.startswith("#")), f"# {file.stem}")
    return re.sub(r"^#+\s*", "", first).strip()
