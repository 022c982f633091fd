"""Find the ffmpeg that nodes get: this machine's own one, or one that is fetched once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.ffmpeg.nodes_build import NodesWheel, nodes_wheel, own_build
from batchff.pipeline.node_ffmpeg.errors import NoBuild

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Build:
    """An ffmpeg for nodes, known by its SHA-256; `path` is None until it's fetched in `wheel`."""

    version: str
    sha256: str
    path: Path | None = None
    wheel: NodesWheel | None = None

    @property
    def blob(self) -> str:
        """What it's called in storage."""
        return blob_name(self.version, self.sha256)

    def program(self, reporter: Reporter) -> Path:
        """Return the program's file, which is fetched where it isn't on this machine.

        Raises NoBuild where it can't be.
        """
        if self.path is not None:
            return self.path
        from batchff.pipeline.node_ffmpeg.wheel import fetched_program  # seldom needed

        assert self.wheel is not None
        return fetched_program(self.wheel, reporter)


def find_build() -> Build:
    """Return the ffmpeg that nodes get. Nothing is fetched yet."""
    own = own_build()
    if own is None:
        wheel = nodes_wheel()
        return Build(wheel.ffmpeg_version, wheel.ffmpeg_sha256, wheel=wheel)
    path, version = own
    try:
        with path.open("rb") as file:
            return Build(version, hashlib.file_digest(file, "sha256").hexdigest(), path)
    except OSError as error:
        raise NoBuild(f"can't read {path}: {error.strerror}") from error


def blob_name(version: str, sha256: str) -> str:
    """Return what an ffmpeg for nodes is called in storage, compressed."""
    return f"ffmpeg-{version}-linux-x86_64-{sha256[:12]}.gz"
