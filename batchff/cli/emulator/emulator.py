"""`batchff emulator`: Azure Batch and Blob Storage on this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.emulator.options import (
    AllocationTime,
    BatchPort,
    BlobPort,
    CoreQuota,
    Idle,
    PoolIdentity,
    Root,
    RunAdminTasks,
    Strict,
    TlsCertificate,
    TlsKey,
    TokenKey,
)
from batchff.cli.emulator.simulation import (
    ClockSpeed,
    NodeBootTime,
    OutputSize,
    Preemptions,
    Seed,
    Simulate,
    TaskFailures,
    TaskTime,
    UnusablePreemptions,
    simulation_of,
)
from batchff.cli.invocation import emulator_errors
from batchff.cli.options.shared import seconds
from batchff.cli.words.confirm import confirmed
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError

if TYPE_CHECKING:
    from batchff.emulator.options import ServiceOptions

_ALLOCATION_SECONDS = 2.0

app = App(
    name="emulator", help="Azure Batch and Blob Storage on this machine.", no_args_is_help=True
)


@app.command()
def start(
    context: typer.Context,
    root: Root = None,
    idle: Idle = "15m",  # type: ignore[assignment]  # the parser reads it
    batch_port: BatchPort = None,
    blob_port: BlobPort = None,
    allocation_time: AllocationTime = "2s",  # type: ignore[assignment]  # the parser reads it
    core_quota: CoreQuota = None,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
    token_key: TokenKey = None,
    pool_identity: PoolIdentity = None,
    run_admin_tasks: RunAdminTasks = False,
    strict: Strict = False,
    simulate: Simulate = False,
    seed: Seed = None,
    task_time: TaskTime = None,
    task_failures: TaskFailures = None,
    node_boot_time: NodeBootTime = None,
    preemptions: Preemptions = None,
    unusable_preemptions: UnusablePreemptions = None,
    clock_speed: ClockSpeed = None,
    output_size: OutputSize = None,
) -> CommandResult:
    """Start it in the background, unless it runs already."""
    simulation = simulation_of(
        simulate,
        seed=seed,
        task_time=task_time,
        task_failures=task_failures,
        node_boot_time=node_boot_time,
        preemptions=preemptions,
        unusable_preemptions=unusable_preemptions,
        clock_speed=clock_speed,
        output_size=output_size,
    )
    with emulator_errors():
        from batchff.emulator.options import ServiceOptions, chosen_identities, chosen_tls

        try:
            options = ServiceOptions(
                idle_seconds=idle or None,
                run_admin_tasks=run_admin_tasks,
                allocation_seconds=allocation_time,
                strict=strict,
                core_quota=core_quota,
                batch_port=batch_port,
                blob_port=blob_port,
                tls=chosen_tls(tls_certificate, tls_key, token_key),
                token_key=token_key,
                pool_identities=chosen_identities(pool_identity or []),
                simulation=simulation,
            )
        except ValueError as error:
            raise UsageError(str(error)) from None
        return _started(root, options, _given_options(context))


def _given_options(context: typer.Context) -> set[str]:
    """Return the names of the options that stand on the command line."""
    sources = {
        parameter.opts[0]: context.get_parameter_source(parameter.name)
        for parameter in context.command.params
        if parameter.name
    }
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def _started(root: Path | None, options: ServiceOptions, given: set[str]) -> CommandResult:
    """Start the emulator unless one runs on its folder; return where it answers.

    Raises EmulatorError where one runs with other values of the options that were given.
    """
    from batchff.emulator import launch
    from batchff.emulator.options import options_told
    from batchff.results.emulator import EmulatorStart

    default = launch.default_simulation_root if options.simulation else launch.default_root
    folder = (root or default()).absolute()
    ran = launch.find(folder) is not None
    connection = launch.start(folder, options)
    status = launch.status(folder)
    if ran:
        _refuse_others(folder, options_told(options), status.options, given)
    simulation = status.simulation
    lines = [
        f"emulator {'runs already' if ran else 'started'}: "
        f"Batch at {connection.batch_endpoint}, Blob at {connection.blob_endpoint}"
    ]
    if simulation is not None:
        lines.append(f"simulating: {simulation}")
        place = shlex.quote(str(folder))
        lines.append(f'use it with: eval "$(batchff emulator env --root {place})"')
    return CommandResult(
        EmulatorStart(
            started=not ran,
            batch_endpoint=connection.batch_endpoint,
            blob_endpoint=connection.blob_endpoint,
            root=str(folder),
            simulation=simulation.document() if simulation else None,
        ),
        text="\n".join(lines),
    )


def _refuse_others(
    folder: Path, wanted: Mapping[str, str], running: Mapping[str, str], given: set[str]
) -> None:
    from batchff.emulator.errors import EmulatorError

    others = [
        name
        for name in sorted(given & wanted.keys() & running.keys())
        if wanted[name] != running[name]
        and not (name in ("--batch-port", "--blob-port") and wanted[name] == "0")
    ]
    if others:
        place = shlex.quote(str(folder))
        raise EmulatorError(
            f"an emulator runs on {folder} already, with another {', '.join(others)}",
            f"Stop it first: batchff emulator stop --root {place}",
        )


@app.command()
def stop(root: Root = None) -> CommandResult:
    """Stop it; running tasks start over at its next start."""
    with emulator_errors():
        from batchff.emulator import launch
        from batchff.results.emulator import EmulatorStop

        stopped = launch.stop(root or launch.default_root())
    return CommandResult(
        EmulatorStop(stopped),
        text="emulator stopped" if stopped else "no emulator runs",
    )


@app.command()
def status(root: Root = None) -> CommandResult:
    """Show whether it runs, where it answers, and where its files are."""
    with emulator_errors():
        from batchff.emulator import launch
        from batchff.results.emulator import EmulatorStatus

        found = launch.status(root or launch.default_root())
    lines = ["not running"]
    if found.running:
        lines = [
            f"running (process {found.pid}): Batch at {found.batch_endpoint}, "
            f"Blob at {found.blob_endpoint}"
        ]
    if found.simulation is not None:
        lines.append(f"simulating: {found.simulation}")
    if found.without_effect:
        lines.append("accepted without effect:")
        lines += [f"  {name}" for name in found.without_effect]
    lines.append(f"files: {found.root}")
    return CommandResult(
        EmulatorStatus(
            running=found.running,
            pid=found.pid,
            batch_endpoint=found.batch_endpoint,
            blob_endpoint=found.blob_endpoint,
            root=str(found.root),
            simulation=found.simulation.document() if found.simulation else None,
            without_effect=found.without_effect,
        ),
        text="\n".join(lines),
    )


@app.command()
def env(
    root: Root = None,
    as_object: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead.")
    ] = False,
) -> CommandResult:
    """Print the environment for other Azure programs, as shell exports.

    Starts the emulator if it doesn't run.
    """
    with emulator_errors():
        from batchff.emulator import launch
        from batchff.emulator.options import ServiceOptions
        from batchff.results.emulator import EmulatorEnv

        folder = root or launch.default_root()
        connection = launch.find(folder) or launch.start(
            folder, ServiceOptions(allocation_seconds=_ALLOCATION_SECONDS)
        )
    environment = connection.environment()
    exports = "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in environment.items()
    )
    return CommandResult(
        EmulatorEnv(**environment), text=json.dumps(environment) if as_object else exports
    )


@app.command()
def token(
    token_key: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The key that signs it, a PEM file; made if it isn't there.",
        ),
    ],
    resource: Annotated[
        str, typer.Option("--for", metavar="SERVICE", help="What it's for: batch or storage.")
    ] = "batch",
    lifetime: Annotated[
        float, typer.Option(parser=seconds, metavar="TIME", help="How long it holds.")
    ] = "1h",  # type: ignore[assignment]  # the parser reads it
) -> CommandResult:
    """Print a token of Entra ID, for --token-key.

    An emulator accepts it that was started with the same --token-key.
    """
    with emulator_errors():
        from datetime import UTC, datetime, timedelta

        from batchff.emulator.entra_tokens import RESOURCES, make_key, sign_token
        from batchff.results.emulator import EmulatorToken

        if resource not in RESOURCES:
            raise UsageError(
                f"--for {resource!r} is no service here", hint=f"use {' or '.join(RESOURCES)}"
            )
        if not token_key.exists():
            make_key(token_key)
        begins, holds = datetime.now(UTC), timedelta(seconds=lifetime)
        signed = sign_token(token_key, RESOURCES[resource], begins, holds)
    expires = (begins + holds).isoformat(timespec="seconds")
    return CommandResult(EmulatorToken(signed, RESOURCES[resource], expires), text=signed)


@app.command()
def preempt(
    node: Annotated[str, typer.Argument(metavar="NODE", help="The id of a Spot node.")],
    root: Root = None,
    return_after: Annotated[
        float,
        typer.Option(parser=seconds, metavar="TIME", help="How long the node is away."),
    ] = "1m",  # type: ignore[assignment]  # the parser reads it
    unusable_first: Annotated[
        float,
        typer.Option(
            parser=seconds,
            metavar="TIME",
            help="How long the node is unusable before it's preempted, as on Azure.",
        ),
    ] = "0",  # type: ignore[assignment]  # the parser reads it
) -> CommandResult:
    """Preempt a Spot node: its tasks are requeued, its disk is lost."""
    with emulator_errors():
        from batchff.emulator import launch
        from batchff.emulator.launch import control
        from batchff.results.emulator import EmulatorPreempt

        control.preempt(
            root or launch.default_root(), node, return_after, unusable_first=unusable_first
        )
    now = "preempted"
    if unusable_first:
        now = f"unusable; preempted after {unusable_first:g} seconds"
    return CommandResult(
        EmulatorPreempt(node, return_after=return_after, unusable_first=unusable_first),
        text=f"{node} {now}; it comes back after {unusable_first + return_after:g} seconds",
    )


@app.command()
def reset(
    root: Root = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> CommandResult:
    """Remove all its pools, jobs, blobs and keys. Stop it first."""
    with emulator_errors():
        from batchff.emulator import launch
        from batchff.results.emulator import EmulatorReset

        folder = root or launch.default_root()
        if not yes and not confirmed(f"Remove all that the emulator stores in {folder}?"):
            return CommandResult(EmulatorReset(False), text="nothing was removed")
        launch.reset(folder)
    return CommandResult(EmulatorReset(True), text="emulator reset")
