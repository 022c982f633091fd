"""The folder that outputs are downloaded to where the user names none.

It's called by the source and the presets, so it's the same when files are added to the source. A
hidden file beside it says what it's for: outputs of another source of the same name, or of other
arguments, go to a folder with a hash in its name.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from batchff.model.job_facts import JobFacts
from batchff.pipeline.names import OUTPUT_FOLDER, folder_name, source_name


@dataclass(frozen=True, slots=True)
class DefaultFolder:
    """Where outputs go by default; `key` says what the folder of this name is used for."""

    name: str
    key: str

    @property
    def path(self) -> Path:
        """The folder: the plain name unless that is taken by something else."""
        plain = Path(OUTPUT_FOLDER, self.name)
        owner = _owner(self._note)
        is_free = owner is None and not plain.exists()
        return plain if is_free or owner == self.key else self._apart

    def claim(self) -> Path:
        """Take the folder for these outputs, and return it; what can't be written is no fault."""
        path = self.path
        if path == self._apart:
            return path
        with suppress(OSError):
            self._note.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError), self._note.open("x", encoding="utf-8") as note:
                note.write(self.key)
            # Another process may have been first.
            return path if _owner(self._note) == self.key else self._apart
        return path

    @property
    def _note(self) -> Path:
        return Path(OUTPUT_FOLDER, f".{self.name}")

    @property
    def _apart(self) -> Path:
        return Path(OUTPUT_FOLDER, f"{self.name}-{self.key[:8]}")


def default_folder(source: str, presets: str, arguments: str, naming: str) -> DefaultFolder:
    """Return where the outputs of a source go by default.

    `source` is its input set or its place, `arguments` and `naming` are hashes.
    """
    key = hashlib.sha256(f"{source} {arguments} {naming}".encode()).hexdigest()[:16]
    return DefaultFolder(folder_name(source, presets), key)


def folder_of_job(facts: JobFacts) -> DefaultFolder:
    """Return where the outputs of a job go by default."""
    return default_folder(source_name(facts), facts.preset, facts.arguments, facts.naming)


def is_missing_here(facts: JobFacts, outputs: int) -> bool:
    """Return whether a job's outputs aren't all in its default folder here.

    Those that the user had written to a place in storage are not to be here.
    """
    if facts.to or not outputs:
        return False
    folder = folder_of_job(facts).path
    found = (True for path in folder.rglob("*") if path.is_file())
    return sum(islice(found, outputs)) < outputs


def _owner(note: Path) -> str | None:
    """Return the key of what has a folder; None where nobody has it."""
    try:
        return note.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""
