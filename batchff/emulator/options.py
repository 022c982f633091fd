"""The options of the emulator, given at each start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.emulator.simulation.settings import Simulation, option_of, options_of

_IDENTITY = re.compile(
    "/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/[^/]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What the services prove themselves with: PEM files, for 127.0.0.1."""

    certificate: Path
    """The certificate, and those between it and its authority's."""
    key: Path


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How the emulator runs; all of it can be left as it is."""

    idle_seconds: float | None = 900
    """Stop by itself after so long without a request or a task; None for never."""
    run_admin_tasks: bool = False
    """Run start tasks that ask for admin rights too, as the user who started the emulator."""
    allocation_seconds: float = 0
    """How long pools take to be given nodes, and to be resized."""
    strict: bool = False
    """Refuse what has no effect here, with 501 and its name."""
    transfer_patience: float = 10
    """For so many seconds nodes try again to reach storage that doesn't answer."""
    core_quota: int | None = None
    """The most cores that all pools together get, of dedicated and of Spot nodes each."""
    batch_port: int | None = None
    blob_port: int | None = None
    """Ports to listen on; None for those of the last time, 0 for free ones."""
    tls: TlsFiles | None = None
    """Speak HTTPS; None for HTTP."""
    token_key: Path | None = None
    """The PEM file of the public key that signs Entra ID's tokens; None to accept none."""
    pool_identities: tuple[str, ...] = ()
    """The resource ids of user-assigned identities, which all pools have."""
    simulation: Simulation | None = None
    """Tasks don't run but take drawn times; None where they run."""


def chosen_tls(
    certificate: Path | None, key: Path | None, token_key: Path | None
) -> TlsFiles | None:
    """Return the files for TLS, with absolute paths, or None where none were given.

    Raises ValueError where one of the two is missing, or where tokens would go over plain HTTP.
    """
    if (certificate is None) != (key is None):
        raise ValueError("--tls-certificate and --tls-key go together")
    if certificate is None or key is None:
        if token_key is not None:
            raise ValueError("--token-key needs --tls-certificate: tokens are for HTTPS alone")
        return None
    return TlsFiles(certificate.absolute(), key.absolute())


def chosen_identities(resource_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the resource ids of identities; raise ValueError for what isn't one."""
    for resource_id in resource_ids:
        if not _IDENTITY.fullmatch(resource_id):
            raise ValueError(
                f"{resource_id!r} isn't the resource id of an identity: /subscriptions/…"
                "/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…"
            )
    return tuple(resource_ids)


def options_told(options: ServiceOptions) -> dict[str, str]:
    """Return what the emulator runs with, by the names of the options of `batchff emulator start`.

    An option that has no value, or wasn't given, is an empty text.
    """
    tls = options.tls
    values: dict[str, object] = {
        "--idle": options.idle_seconds or 0,
        "--batch-port": options.batch_port,
        "--blob-port": options.blob_port,
        "--allocation-time": options.allocation_seconds,
        "--core-quota": options.core_quota,
        "--tls-certificate": tls.certificate.absolute() if tls else None,
        "--tls-key": tls.key.absolute() if tls else None,
        "--token-key": options.token_key and options.token_key.absolute(),
        "--pool-identity": " ".join(options.pool_identities),
        "--run-admin-tasks": options.run_admin_tasks or None,
        "--strict": options.strict or None,
        "--simulate": options.simulation is not None or None,
    }
    for name, value in options.simulation.document().items() if options.simulation else ():
        values[option_of(name)] = value
    return {
        name: f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
        for name, value in values.items()
    }


def arguments_of(root: Path, options: ServiceOptions) -> list[str]:
    """Return what `python -m batchff.emulator` is called with for a folder and these options."""
    arguments = [f"--root={root.absolute()}", f"--idle-seconds={options.idle_seconds or 0}"]
    if options.run_admin_tasks:
        arguments.append("--run-admin-tasks")
    if options.strict:
        arguments.append("--strict")
    valued: dict[str, float | Path | None] = {
        "allocation-seconds": options.allocation_seconds or None,
        "core-quota": options.core_quota,
        "batch-port": options.batch_port,
        "blob-port": options.blob_port,
        "tls-certificate": options.tls.certificate.absolute() if options.tls else None,
        "tls-key": options.tls.key.absolute() if options.tls else None,
        "token-key": options.token_key and options.token_key.absolute(),
    }
    arguments += [f"--{name}={value}" for name, value in valued.items() if value is not None]
    arguments += [f"--pool-identity={resource_id}" for resource_id in options.pool_identities]
    return arguments + options_of(options.simulation)
