"""What can be wrong with an ffmpeg line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from batchff.errors import UsageError


class LineError(UsageError):
    """ffmpeg, or batchff, can't run this line.

    `word` is the word at fault as the user wrote it, and `at` its index in the user's words; None
    where it's about no one word.
    """

    def __init__(self, message: str, *, word: str = "", at: int | None = None, hint: str = ""):
        super().__init__(message, hint=hint)
        self.word = word
        self.at = at


class UnknownName(LineError):
    """The bundled ffmpeg has no option, encoder, filter or format of that name."""


class RefusedOutput(LineError):
    """The line makes something that can't be downloaded, or nothing at all."""


class MissingFile(LineError):
    """The line reads a file that won't be on the node."""


def suggest(name: str, known: Iterable[str], *, before: str = "") -> str:
    """Return the hint that names the nearest of the known names; empty where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"did you mean {before}{near[0]}?" if near else ""
