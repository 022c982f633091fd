"""The options of `batchff emulator start`, but for those of a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batchff.cli.options.shared import seconds

_HIGHEST_PORT = 65535

Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="DIR",
        help="The emulator's folder.  [default: in the user's state folder]",
    ),
]
Idle = Annotated[
    float,
    typer.Option(parser=seconds, metavar="TIME", help="Stop when idle for this long; 0 is never."),
]
BatchPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=_HIGHEST_PORT,
        metavar="N",
        help="Batch's port; 0 is any.  [default: as last time]",
    ),
]
BlobPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=_HIGHEST_PORT,
        metavar="N",
        help="Blob's port; 0 is any.  [default: as last time]",
    ),
]
CoreQuota = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="The core quota of the account, of dedicated and of Spot nodes each.  "
        "[default: no limit]",
    ),
]
TlsCertificate = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Speak HTTPS, with the certificate for 127.0.0.1 in this PEM file."
    ),
]
TlsKey = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The PEM file of the certificate's key.")
]
TokenKey = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Accept Entra ID's tokens too that this key signed, or its other half (a PEM file).",
    ),
]
PoolIdentity = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Give all pools the user-assigned identity of this resource id; may be repeated.",
    ),
]
AllocationTime = Annotated[
    float,
    typer.Option(
        parser=seconds,
        metavar="TIME",
        help="How long pools take to be given nodes, and to be resized.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Refuse what has no effect here, instead of accepting it."),
]
RunAdminTasks = Annotated[
    bool,
    typer.Option("--run-admin-tasks", help="Run tasks that ask for admin rights, as you."),
]
