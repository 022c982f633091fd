"""Folders: an output of many files appears whole or not at all, with what its manifest names."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from batchff.cloud.storage import Storage, file_md5
from batchff.errors import TransferError
from batchff.model.files import BlobInfo
from batchff.node.manifest import ManifestError, ManifestFile, parse_manifest
from batchff.pipeline.names import blob_path, manifest_blob
from batchff.pipeline.transfer.partials import partial_folder

_LARGEST_MANIFEST = 256 * 1024 * 1024


def fetch_manifest(blob: str, container: str, storage: Storage) -> tuple[ManifestFile, ...]:
    """Return the files of an output that is a folder; raise TransferError without a manifest."""
    content = storage.read_piece(container, manifest_blob(blob), 0, _LARGEST_MANIFEST)
    if content is None:
        raise TransferError(
            f"the manifest of {blob!r} is gone, so its files aren't known",
            hint="encode it again as a new job",
        )
    try:
        return parse_manifest(content)
    except ManifestError as error:
        raise TransferError(
            f"the manifest of {blob!r} is spoilt: {error}", hint="encode it again as a new job"
        ) from error


def is_same_folder(folder: Path, files: tuple[ManifestFile, ...]) -> bool:
    """Return whether a folder has just these files, byte for byte."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return there == {file.path for file in files} and all(
        _is_same_file(folder / file.path, file) for file in files
    )


def _is_same_file(path: Path, file: ManifestFile) -> bool:
    is_plain = path.is_file() and not path.is_symlink() and path.stat().st_size == file.size
    return is_plain and file_md5(path).hex() == file.md5


def fill_folder(
    folder: Path,
    blob: str,
    files: tuple[ManifestFile, ...],
    container: str,
    storage: Storage,
    bytes_done: Callable[[int], None],
) -> None:
    """Download the files of an output into an empty folder; raise TransferError for a wrong one."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileIO(path, "xb+") as opened:
            fetched = storage.download_file(
                container,
                f"{blob}/{blob_path(file.path)}",
                opened,
                bytes_done=bytes_done,
                size=file.size,
            )
        _check(path, file, fetched)


def _check(path: Path, file: ManifestFile, fetched: BlobInfo) -> None:
    """Compare a file with the manifest: another task may have sent one of its name since."""
    if path.stat().st_size != file.size or file_md5(path).hex() != file.md5:
        raise TransferError(
            f"{fetched.name!r} isn't the file that its folder's manifest names",
            hint="give the command again; if it stays so, encode it again as a new job",
        )
    os.utime(path, (fetched.modified.timestamp(), fetched.modified.timestamp()))


def move_folder(partial: Path, place: Path, *, overwrite: bool) -> None:
    """Move a whole folder to its place in one step; what is there is replaced with `overwrite`.

    Raises FileExistsError where something is there and isn't to be overwritten.
    """
    if not os.path.lexists(place):
        partial.rename(place)
        return
    if not overwrite or not place.is_dir() or place.is_symlink():
        raise FileExistsError(f"{str(place)!r} is there")
    with partial_folder(place.parent) as old:
        place.rename(old / "old")
        try:
            partial.rename(place)
        except OSError:
            with suppress(OSError):
                (old / "old").rename(place)
            raise
