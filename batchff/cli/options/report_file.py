"""The file that a report is written to: its format is that of its suffix."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.errors import BatchffError, UsageError

if TYPE_CHECKING:
    from batchff.console.report.render import Format
    from batchff.results.report import Report

# As a file has that anybody makes, unless the user's umask says less.
_MODE = 0o666


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file for a report, in a folder that is there."""

    path: Path
    format: Format


def report_file(path: Path, option: str) -> ReportFile:
    """Return the file that an option names; raise UsageError where no report can be written so."""
    from batchff.console.report.render import format_of, suffixes

    how = format_of(path.suffix)
    if how is None:
        raise UsageError(
            f"{option}: no report is written as {str(path)!r}",
            hint=f"give it a name that ends with {suffixes()}",
        )
    if path.is_dir():
        raise UsageError(f"{option}: {str(path)!r} is a folder", hint="give the name of a file")
    if not path.parent.is_dir():
        raise UsageError(f"{option}: there is no folder {str(path.parent)!r}", hint="make it first")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(
            f"{option}: nothing can be written to {str(path.parent)!r}", hint="choose another"
        )
    return ReportFile(path, how)


def write_report(report: Report, target: ReportFile) -> Report:
    """Write a report, in place of what is there, and return it with the file's name.

    Raises BatchffError where that fails; then the file is as it was.
    """
    from batchff.console.report.render import render

    report = replace(report, written=str(target.path))
    content = render(report, target.format)
    try:
        _replace(target.path, content)
    except OSError as error:
        raise BatchffError(
            f"the report isn't written to {str(target.path)!r}: {error.strerror or error}",
            hint=f"write it again with: batchff report {report.history.job} --out FILE",
        ) from error
    return report


def _replace(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, _MODE & ~mask)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
