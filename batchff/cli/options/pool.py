"""The options that say what a pool is: several commands have them, as a profile has their keys."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

import typer

from batchff.cli.invocation import invocation_of
from batchff.console.reporter import CommandResult
from batchff.rules import SLOTS

_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "vm_size": Annotated[
            str | None, typer.Option("--vm-size", metavar="SIZE", help="The nodes' size.")
        ],
        "nodes": Annotated[
            int | None,
            typer.Option(
                "--nodes",
                metavar="N",
                min=0,
                help="Dedicated nodes.  [default: 1, or 0 with --spot]",
            ),
        ],
        "spot": Annotated[
            int | None, typer.Option("--spot", metavar="N", min=0, help="Spot nodes.")
        ],
        "max_nodes": Annotated[
            int | None,
            typer.Option(
                "--max-nodes",
                metavar="N",
                min=1,
                help="The most nodes of both kinds: room for Spot nodes to come back while others "
                "stand in for them.  [default: no more than asked for]",
            ),
        ],
        "fallback": Annotated[
            bool | None,
            typer.Option(
                "--fallback/--no-fallback",
                help="Let dedicated nodes stand in for Spot nodes that don't come or don't stay.  "
                "[default: fallback]",
            ),
        ],
        "slots": Annotated[
            int | None,
            typer.Option(
                "--slots",
                metavar="N",
                min=SLOTS.least,
                max=SLOTS.most,
                help="Tasks on a node at a time.",
            ),
        ],
        "image": Annotated[
            str | None,
            typer.Option(
                "--image",
                metavar="NAME",
                help="The nodes' image, as publisher:offer:sku.  [default: auto, the newest Ubuntu "
                "LTS]",
            ),
        ],
        "container_image": Annotated[
            str | None,
            typer.Option(
                "--container-image",
                metavar="NAME",
                help="Run tasks in this container image, which has ffmpeg and sh.",
            ),
        ],
        "subnet": Annotated[
            str | None,
            typer.Option("--subnet", metavar="RESOURCE_ID", help="The nodes' subnet."),
        ],
        "ffmpeg_url": Annotated[
            str | None,
            typer.Option(
                "--ffmpeg-url",
                metavar="URL",
                help="A static ffmpeg to put on the nodes: a .tar.xz, a .tar.gz or the program.",
            ),
        ],
        "ffmpeg_sha256": Annotated[
            str | None,
            typer.Option(
                "--ffmpeg-sha256", metavar="HEX", help="The SHA-256 of what is at --ffmpeg-url."
            ),
        ],
    }
)
_SWITCH = {True: "on", False: "off"}

Command = Callable[..., CommandResult]


def with_pool_options(command: Command) -> Command:
    """Give a command the pool's options besides its own.

    It doesn't get their values: they count as settings that stand above the profile's.
    """

    @functools.wraps(command)
    def with_flags(context: typer.Context, **given: Any) -> CommandResult:
        flags = {f"pool.{name}": given.pop(name) for name in _OPTIONS}
        flags["pool.fallback"] = _SWITCH.get(flags["pool.fallback"])
        invocation_of(context).take_flags(flags)
        return command(context, **given)

    own = inspect.signature(command, eval_str=True)
    options = (
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in _OPTIONS.items()
    )
    # What Typer reads a command's options from.
    with_flags.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*own.parameters.values(), *options]
    )
    return with_flags
