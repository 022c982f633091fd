"""A question before something is ended or removed."""

from __future__ import annotations

import sys

import typer

from batchff.errors import UsageError


def confirmed(question: str, details: str = "") -> bool:
    """Show the details and ask; raise UsageError where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "this needs a yes, and there is no terminal to ask on",
            hint="give --yes to do it without being asked",
        )
    if details:
        typer.echo(details, err=True)
    return typer.confirm(question, err=True)
