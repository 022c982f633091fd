"""`python -m batchff.emulator`: run the emulator in the foreground, its log on stderr."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.launch import default_root, default_simulation_root
from batchff.emulator.options import ServiceOptions, chosen_identities, chosen_tls
from batchff.emulator.root import open_root
from batchff.emulator.simulation.settings import Simulation, chosen_simulation, option_of

_SIMULATION = {
    "seed": ("N", "another seed gives other times and outcomes"),
    "task_time": ("TIME", "how long a task takes: 90s, or 30s..5m for most of them between"),
    "task_failures": ("SHARE", "the share of tries that end with exit code 1, from 0 to 1"),
    "node_boot_time": ("TIME", "how long a node takes to boot, given likewise"),
    "preemptions": ("RATE", "how often a Spot node is preempted, in an hour"),
    "unusable_preemptions": ("SHARE", "the share of them that are unusable first, from 0 to 1"),
    "clock_speed": ("N", "how much faster than the real one the Batch service's clock runs"),
    "output_size": ("SIZE", "send output files of this size, as 64K; 0 is none"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator until it is stopped or idle; return the exit code."""
    path, options = parse(arguments)
    from batchff.emulator.service import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Two servers would say everything twice, and nothing that the emulator doesn't say itself.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # Its warnings hold whole URLs, with their SAS.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        root = open_root(path, simulated=options.simulation is not None)
        # So that the folder it was started in can be removed, or its disk unmounted.
        os.chdir(root.path)
        serve(root, options)
    except EmulatorError as error:
        print(" ".join(filter(None, (f"{error}.", error.hint))), file=sys.stderr)
        return 1
    return 0


def parse(arguments: Sequence[str] | None) -> tuple[Path, ServiceOptions]:
    """Read the command line; end the process where it is wrong or asks for help."""
    parser = argparse.ArgumentParser(
        prog="python -m batchff.emulator",
        description="Azure Batch and Blob Storage on this machine, until stopped or idle.",
        allow_abbrev=False,
    )
    _add_service(parser)
    _add_https(parser)
    _add_simulation(parser)
    parser.add_argument(
        "--operations",
        action="store_true",
        help="print which operations of the Batch service are served, as Markdown, and end",
    )
    parser.add_argument(
        "--blob-operations", action="store_true", help="the same of the Blob service"
    )
    given = parser.parse_args(arguments)
    if given.operations:
        from batchff.emulator.batch.operations_table import operations_table

        print(operations_table())
        parser.exit()
    if given.blob_operations:
        from batchff.emulator.blob.operations_table import blob_operations_table

        print(blob_operations_table())
        parser.exit()

    try:
        settings = {name: getattr(given, name) for name in _SIMULATION}
        simulation = chosen_simulation(given.simulate, settings)
        tls = chosen_tls(given.tls_certificate, given.tls_key, given.token_key)
        identities = chosen_identities(given.pool_identity)
    except ValueError as error:
        parser.error(str(error))

    root = default_root() if simulation is None else default_simulation_root()
    return (given.root or root).resolve(), ServiceOptions(
        idle_seconds=given.idle_seconds or None,
        run_admin_tasks=given.run_admin_tasks,
        allocation_seconds=given.allocation_seconds,
        strict=given.strict,
        core_quota=given.core_quota,
        batch_port=given.batch_port,
        blob_port=given.blob_port,
        tls=tls,
        token_key=given.token_key and given.token_key.absolute(),
        pool_identities=identities,
        simulation=simulation,
    )


def _add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help=f"the emulator's folder (default: {default_root()})",
    )
    parser.add_argument(
        "--idle-seconds",
        type=float,
        default=ServiceOptions().idle_seconds,
        metavar="N",
        help="stop by itself after so long without a request or a task; 0 is never "
        "(default: %(default)g)",
    )
    parser.add_argument(
        "--run-admin-tasks",
        action="store_true",
        help="run what asks for admin rights too, as the user who runs the emulator: start tasks"
        " are skipped otherwise, tasks fail",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse what has no effect here with 501, instead of accepting it",
    )
    parser.add_argument(
        "--allocation-seconds",
        type=float,
        default=ServiceOptions().allocation_seconds,
        metavar="N",
        help="how long pools take to be given nodes, and to be resized (default: %(default)g)",
    )
    parser.add_argument(
        "--core-quota", type=int, metavar="N", help="the most cores that all pools together get"
    )
    for service in ("batch", "blob"):
        parser.add_argument(
            f"--{service}-port",
            type=int,
            metavar="N",
            help=f"the {service} service's port; 0 is a free one (default: that of the last time)",
        )
    parser.add_argument(
        "--pool-identity",
        action="append",
        default=[],
        metavar="ID",
        help="give all pools the user-assigned identity of this resource id; may be repeated",
    )


def _add_https(parser: argparse.ArgumentParser) -> None:
    texts = {
        "tls-certificate": "speak HTTPS; this PEM file has the certificate for 127.0.0.1",
        "tls-key": "the PEM file of the certificate's key",
        "token-key": "accept Entra ID's tokens too that this key signed, or its other half: a"
        " PEM file",
    }
    for name, text in texts.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=text)


def _add_simulation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "simulation", "Tasks don't run, but take random times and have random outcomes."
    )
    group.add_argument("--simulate", action="store_true", help="simulate; the rest goes with it")
    defaults = Simulation().document()
    for name, (metavar, text) in _SIMULATION.items():
        text = f"{text} (default: {defaults[name]})"
        group.add_argument(option_of(name), metavar=metavar, help=text)


if __name__ == "__main__":
    sys.exit(main())
