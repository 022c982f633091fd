"""The ffmpeg that nodes get: the one that imageio-ffmpeg carries for Linux on x86-64.

On such a machine it's the installed package's own. Elsewhere it's in a wheel of that package, which
`nodes_wheel.json` names with all that's needed to know that it's the right one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "imageio_ffmpeg"
_FILE = re.compile(r"ffmpeg-linux-x86_64-v(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class NodesWheel:
    """A wheel with the nodes' ffmpeg: what it's called, and what is in it.

    `project` is its name in a package index, `member` the program's in the wheel.
    """

    project: str
    file: str
    sha256: str
    bytes: int
    member: str
    ffmpeg_version: str
    ffmpeg_sha256: str


@cache
def nodes_wheel() -> NodesWheel:
    """Return the wheel from which machines of other kinds take the nodes' ffmpeg."""
    text = (resources.files("batchff.ffmpeg") / "nodes_wheel.json").read_text("utf-8")
    return NodesWheel(**json.loads(text))


def own_build() -> tuple[Path, str] | None:
    """Return the nodes' ffmpeg as this machine's package has it, and its version.

    None on a machine of another kind. The package isn't imported, and nothing is run.
    """
    spec = find_spec(PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        for file in sorted(Path(folder, "binaries").glob("ffmpeg-linux-x86_64-v*")):
            if found := _FILE.fullmatch(file.name):
                return file, found[1]
    return None


def nodes_version() -> str:
    """Return the version of the ffmpeg that nodes get."""
    own = own_build()
    return own[1] if own else nodes_wheel().ffmpeg_version
