"""A question before something is stopped or removed."""

from __future__ import annotations

import sys

import typer

from batchff.errors import UsageError


def confirmed(question: str, details: str = "", why: str = "this needs a confirmation") -> bool:
    """Show the details and ask; raise UsageError, with `why`, where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"{why}, and there is no terminal to ask on",
            hint="give --yes to do it without a question",
        )
    if details:
        typer.echo(details, err=True)
    return typer.confirm(question, err=True)
