"""The classes of all commands and groups: global options work before and after the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from batchff.cli.invocation import Flags, invocation_of
from batchff.errors import UsageError

if TYPE_CHECKING:
    Run = TypeVar("Run", bound=Callable[..., Any])

GLOBAL = {
    "profile_name": "profile",
    "json": "json",
    "quiet": "quiet",
    "verbose": "verbose",
    "progress": "progress",
}
"""The root's options that each command takes too, and the flag that each sets."""


class _TakesGlobals:
    """What commands and groups share: the global options, and examples as they are written."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its own parameters, then the global options."""
        own = super().get_params(ctx)  # type: ignore[misc]
        return [*own, *_global_options(ctx, own)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, and set the flags of the global options among them."""
        rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        _take_flags(ctx)
        return rest

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each line as it is."""
        _write_examples(ctx, formatter)


class Command(_TakesGlobals, TyperCommand):
    """A command that takes the global options, and shows its examples as they are written."""

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the arguments, the options, and the global options apart from them."""
        _write_options(ctx, formatter)
        _write_global_options(ctx, formatter)


class Group(_TakesGlobals, TyperGroup):
    """A group of commands that takes the global options as well."""

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the options and the commands, then the global options."""
        _write_options(ctx, formatter)
        self.format_commands(ctx, formatter)
        _write_global_options(ctx, formatter)


class App(typer.Typer):
    """A Typer whose commands and groups are of these classes."""

    def __init__(self, *, cls: type[TyperGroup] = Group, **settings: Any) -> None:
        super().__init__(cls=cls, rich_markup_mode=None, **settings)

    def command(  # type: ignore[override]
        self, name: str | None = None, *, cls: type[TyperCommand] = Command, **settings: Any
    ) -> Callable[[Run], Run]:
        """Return a decorator that makes a command of a function."""
        return super().command(name, cls=cls, **settings)


def set_flags(flags: Flags, **given: str | bool | None) -> None:
    """Set the flags that are given; raise UsageError where they contradict each other."""
    for name, value in given.items():
        if value:
            setattr(flags, name, value)
    if flags.quiet and flags.verbose:
        raise UsageError("--quiet and --verbose exclude each other")


def _global_options(ctx: typer.Context, own: Sequence[Any]) -> list[Any]:
    """Return the root's global options, but for those that a command has as its own."""
    root = ctx.find_root().command
    if root is ctx.command:
        return []
    taken = {option for parameter in own for option in parameter.opts}
    return [
        parameter
        for parameter in root.params
        if parameter.name in GLOBAL and taken.isdisjoint(parameter.opts)
    ]


def _shared_options(ctx: typer.Context) -> list[Any]:
    own = {id(parameter) for parameter in ctx.command.params}
    return [
        parameter
        for parameter in ctx.command.get_params(ctx)
        if parameter.name in GLOBAL and id(parameter) not in own
    ]


def _take_flags(ctx: typer.Context) -> None:
    """Take the global options out of a command's parameters, and set their flags.

    An option of the command's own that has the name of a global one doesn't set its flag.
    """
    root = ctx.find_root()
    if root is ctx:
        return
    shared = _shared_options(ctx)
    given = {GLOBAL[each.name]: ctx.params.pop(each.name, None) for each in shared}
    if ctx.resilient_parsing:
        return
    flags = invocation_of(ctx).flags
    for name in GLOBAL.keys() - {each.name for each in shared}:
        setattr(flags, GLOBAL[name], root.params[name])
    set_flags(flags, **given)


def _write_options(ctx: typer.Context, formatter: Any) -> None:
    shared = {id(parameter) for parameter in _shared_options(ctx)}
    own = [each for each in ctx.command.get_params(ctx) if id(each) not in shared]
    for kind, title in (("argument", "Arguments"), ("option", "Options")):
        _write_section(
            title, [each for each in own if each.param_type_name == kind], ctx, formatter
        )


def _write_global_options(ctx: typer.Context, formatter: Any) -> None:
    _write_section("Global options", _shared_options(ctx), ctx, formatter)


def _write_section(
    title: str, parameters: Sequence[Any], ctx: typer.Context, formatter: Any
) -> None:
    found = (parameter.get_help_record(ctx) for parameter in parameters)
    rows = [row for row in found if row is not None]
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _write_examples(ctx: typer.Context, formatter: Any) -> None:
    """Write the examples without wrapping them: a command must stay a line that can be copied."""
    from batchff.cli.words.examples import example_lines  # only help needs it

    lines = list(example_lines(ctx.command_path.partition(" ")[2]))
    if lines:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
