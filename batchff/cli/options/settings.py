"""Options made from the profile's keys: a setting and its option have one name, rule and help."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from batchff.cli.completion.values import complete_choice
from batchff.cli.invocation import invocation_of
from batchff.cli.options.shared import seconds
from batchff.console.reporter import CommandResult
from batchff.profile.keys import KEYS, Key

SWITCH = ("on", "off")
"""The choices of a key whose option is a pair, as in --fallback and --no-fallback."""

Command = Callable[..., CommandResult]


def with_settings(*tables: str) -> Callable[[Command], Command]:
    """Add to a command the options of the profile's keys in these tables.

    The command doesn't get their values: they become settings, which override the profile's.
    """
    keys = {_parameter(key): key for key in KEYS.values() if key.help and _table(key) in tables}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_flags(context: typer.Context, **given: Any) -> CommandResult:
            flags = {key.name: _setting(key, given.pop(name)) for name, key in keys.items()}
            invocation_of(context).take_flags(flags)
            return command(context, **given)

        own = inspect.signature(command, eval_str=True)
        options = (
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(key)
            )
            for name, key in keys.items()
        )
        # What Typer reads a command's options from.
        with_flags.__signature__ = own.replace(  # type: ignore[attr-defined]
            parameters=[*own.parameters.values(), *options]
        )
        return with_flags

    return decorate


def _table(key: Key) -> str:
    return key.name.partition(".")[0]


def _parameter(key: Key) -> str:
    return key.name.rpartition(".")[2]


def _setting(key: Key, value: Any) -> str | int | None:
    if key.choices == SWITCH and value is not None:
        return SWITCH[not value]
    return value  # type: ignore[no-any-return]


def _option(key: Key) -> Any:
    """Return the annotation from which Typer makes the option."""
    name = f"--{_parameter(key).replace('_', '-')}"
    if key.choices == SWITCH:
        return Annotated[bool | None, typer.Option(f"{name}/--no-{name[2:]}", help=key.help)]
    bounds = key.option_bounds or key.bounds
    if bounds is not None:
        return Annotated[
            int | None,
            typer.Option(name, metavar="N", min=bounds.least, max=bounds.most, help=key.help),
        ]
    parser = _duration if key.metavar == "TIME" else None
    return Annotated[
        str | None,
        typer.Option(
            name,
            metavar=key.metavar,
            parser=parser,
            help=key.help,
            autocompletion=complete_choice(key.name),
        ),
    ]


def _duration(text: str) -> str:
    """Check that a text is a duration; return it unchanged."""
    seconds(text)
    return text
