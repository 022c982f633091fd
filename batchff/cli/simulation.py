"""The options of `batchff emulator start` that make it a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.errors import UsageError

if TYPE_CHECKING:
    from batchff.emulator.simulation.settings import Simulation

_PANEL = "Simulation"

Simulate = Annotated[
    bool,
    typer.Option(
        "--simulate",
        help="Run no task; let each take a drawn time and have a drawn outcome. A simulation has "
        "a folder of its own: without --root, one beside the emulator's.",
        rich_help_panel=_PANEL,
    ),
]
Seed = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Another one draws other times and outcomes.  [default: 0]",
        rich_help_panel=_PANEL,
    ),
]
TaskTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long a task takes: always 90s, or 30s..5m for nine of ten.  [default: 30s..5m]",
        rich_help_panel=_PANEL,
    ),
]
TaskFailures = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="How many tries of tasks end with exit code 1, from 0 to 1.  [default: 0]",
        rich_help_panel=_PANEL,
    ),
]
NodeBootTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long a node takes to boot.  [default: 90s]",
        rich_help_panel=_PANEL,
    ),
]
Preemptions = Annotated[
    str | None,
    typer.Option(
        metavar="RATE",
        help="How often a Spot node is preempted in an hour.  [default: 0]",
        rich_help_panel=_PANEL,
    ),
]
ClockSpeed = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="How much faster than the real one Batch's clock runs.  [default: 1]",
        rich_help_panel=_PANEL,
    ),
]


def simulation_of(simulate: bool, **settings: str | None) -> Simulation | None:
    """Return the simulation that is asked for, None for none; raise UsageError for a wrong one."""
    from batchff.emulator.simulation.settings import chosen_simulation

    try:
        return chosen_simulation(simulate, settings)
    except ValueError as error:
        raise UsageError(str(error)) from None
