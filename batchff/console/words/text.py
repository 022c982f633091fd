"""Names, sizes and errors as people read them, whatever event they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from batchff.console.words.redact import redact
from batchff.errors import BatchffError, ExitCode
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.jobs import FailedTask


class Level(IntEnum):
    """How much a line matters: `--quiet` leaves the important ones, `--verbose` shows all."""

    DETAIL = 0
    NORMAL = 1
    IMPORTANT = 2


def printable(text: str) -> str:
    """Return a name as one line that can't move a terminal's cursor."""
    return redact(text if text.isprintable() else ascii(text)[1:-1])


def task_name(file: str, preset: str) -> str:
    """Return a task's file, with its preset where the file has several tasks."""
    return f"{printable(file)} ({printable(preset)})" if preset else printable(file)


_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+([.,:]\d+)*")
# Which object of ffmpeg's said it; that is another one each time.
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+\]")


def failure_words(failure: FailedTask) -> str:
    """Return why a file failed; where that's in general words, with a line of its log.

    Of ffmpeg's words the first tell most, of another program's the last.
    """
    if not failure.log or ":" in failure.reason:
        return printable(failure.reason)
    is_of_ffmpeg = failure.arguments_at_fault or failure.input_at_fault
    said = _ADDRESS.sub("]", failure.log[0 if is_of_ffmpeg else -1])
    return printable(f"{failure.reason}: {said}")


def kind_of(words: str) -> str:
    """Return what is the same for reasons that differ by numbers and addresses alone."""
    return _NUMBERS.sub("0", words)


def size(count: int) -> str:
    """Return a count of bytes as people read it."""
    amount = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def files(count: int) -> str:
    """Return a count of files in words."""
    return counted(count, "file")


def left_out_text(left_out: Mapping[str, int]) -> str:
    """Return what follows a count of files where others aren't taken, by reason."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
    return f"; left out: {reasons}" if reasons else ""


def fail_lines(error: BatchffError) -> list[str]:
    """Return the lines of an expected error: what was done until then, and the error.

    That the user stopped a command is no error.
    """
    if error.exit_code == ExitCode.INTERRUPTED:
        hint = [f"  {printable(part)}" for part in error.hint.split("; ") if part]
        return [*error.summary, printable(error.message), *hint]
    return [*error.summary, error_line(error.message, error.hint)]


def error_line(message: str, hint: str) -> str:
    """Return an expected error as its one line."""
    return f"error: {printable(message)}" + (f" ({printable(hint)})" if hint else "")
