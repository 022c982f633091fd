"""What can be wrong with a preset's file, or with a value that's given to it."""

from __future__ import annotations

from batchff.errors import UsageError


class PresetError(UsageError):
    """A preset's file can't be used.

    `file` is its name, `line` where in it the mistake is, and `key` what is wrong there, as in
    `parameters.crf.default`; None and empty where it's about the whole file.
    """

    def __init__(
        self, message: str, *, file: str, line: int | None = None, key: str = "", hint: str = ""
    ) -> None:
        where = file if line is None else f"{file}, line {line}"
        super().__init__(f"{where}: {key}: {message}" if key else f"{where}: {message}", hint=hint)
        self.file = file
        self.line = line
        self.key = key


class ParameterError(UsageError):
    """A value that a preset's parameter can't have, or a parameter that the preset hasn't."""
