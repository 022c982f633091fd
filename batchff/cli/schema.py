"""`batchff schema`: the contract of `--json`, as JSON Schemas."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError

app = App()

_NEAR = 0.6
_NAMES_SHOWN = 5


def _complete_name(incomplete: str) -> list[str]:
    from batchff.console.schema import line_names

    return [name for name in line_names() if name.startswith(incomplete)]


@app.command()
def schema(
    event: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EVENT]",
            help="An event, 'result', 'error', or a command: its result's data.  [default: all]",
            autocompletion=_complete_name,
            show_default=False,
        ),
    ] = None,
) -> CommandResult:
    """Print the JSON Schemas of the JSON lines.

    It's one JSON document. Its version begins with the 'v' of each line. What is added raises the
    number after the dot; what is removed, or changes its meaning, raises 'v'. So take no notice of
    keys and events that you don't know.
    """
    from batchff.console import schema as contract
    from batchff.results.schema import SchemaShow

    name = " ".join(event or ())
    found = contract.schema_of(name) if name else contract.whole_schema()
    if found is None:
        raise _unknown(name, contract.names())
    return CommandResult(SchemaShow(contract.version(), found), text=json.dumps(found, indent=2))


def _unknown(name: str, known: list[str]) -> UsageError:
    from difflib import get_close_matches

    begun = [each for each in known if each.startswith(name)]
    near = begun or get_close_matches(name, known, _NAMES_SHOWN, _NEAR)
    hint = f"did you mean {' or '.join(near[:_NAMES_SHOWN])}?" if near else "see: batchff schema"
    return UsageError(f"there is no event {name!r}", hint=hint)
