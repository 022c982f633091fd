"""The options of `batchff emulator start` that make it a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.errors import UsageError

if TYPE_CHECKING:
    from batchff.emulator.simulation.settings import Simulation

Simulate = Annotated[
    bool,
    typer.Option(
        "--simulate",
        help="Run no task; draw the time and the outcome of each at random. A simulation has a "
        "folder of its own: without --root, one beside the emulator's.",
    ),
]
Seed = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="The simulation's seed; another one gives other draws.  [default: 0]",
    ),
]
TaskTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long a simulated task takes: 90s, or 30s..5m for nine of ten.  "
        "[default: 30s..5m]",
    ),
]
TaskFailures = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="The share of task attempts that end with exit code 1, from 0 to 1.  [default: 0]",
    ),
]
NodeBootTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long a simulated node takes to boot.  [default: 90s]",
    ),
]
Preemptions = Annotated[
    str | None,
    typer.Option(
        metavar="RATE",
        help="How often a simulated Spot node is preempted in an hour.  [default: 0]",
    ),
]
UnusablePreemptions = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="The share of preempted nodes that are unusable for some minutes first, from 0 to 1.  "
        "[default: 0.5]",
    ),
]
ClockSpeed = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="How much faster than the real one a simulation's clock runs.  [default: 1]",
    ),
]
OutputSize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Let simulated tasks send output files of this size, as 64K.  [default: none]",
    ),
]


def simulation_of(simulate: bool, **settings: str | None) -> Simulation | None:
    """Return the simulation that the options describe, or None; raise UsageError if wrong."""
    from batchff.emulator.simulation.settings import chosen_simulation

    try:
        return chosen_simulation(simulate, settings)
    except ValueError as error:
        raise UsageError(str(error)) from None
