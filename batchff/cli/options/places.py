"""Options and arguments that name places in storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from batchff.model.places import BlobPlace

# Not Path: that would make one slash of the two in an address.
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Folders and files to take; or media that is in storage already, as "
        "az://CONTAINER/PREFIX or the URL of a container or blob with a SAS.",
        show_default=False,
        path_type=str,  # so that paths are completed
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="az://CONTAINER/PREFIX",
        help="Write the outputs there in the storage account, not to the folder of the job.",
        show_default=False,
    ),
]
ReplaceBlobs = Annotated[
    bool, typer.Option("--overwrite", help="Replace blobs at --to that others made.")
]
NoDownload = Annotated[
    bool, typer.Option("--no-download", help="Leave the outputs in storage; say where they are.")
]


def destination(to: str | None) -> BlobPlace | None:
    """Return where --to leads; raise UsageError for what is no place in the profile's account."""
    from batchff.pipeline.cloud_media.address import read_own_address

    return None if to is None else read_own_address(to, "--to")


def downloads(to: str | None, no_download: bool, out: Path | None) -> bool:
    """Return whether outputs are downloaded: with --to only if a folder is named as well.

    Raises UsageError for options that exclude each other.
    """
    from batchff.pipeline.cloud_media.address import refuse_address

    refuse_address(
        out, "--out", f"write them to storage with: --to {str(out).replace(':/', '://')}"
    )
    if no_download and out is not None:
        raise UsageError(
            "--no-download and --out exclude each other",
            hint="--out says where outputs are downloaded to",
        )
    return not no_download and (to is None or out is not None)
