"""`batchff --version`: what a bug report needs."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from batchff import __version__
from batchff.cli.words.layout import named
from batchff.console.reporter import CommandResult
from batchff.results.version import Version

_NAMED = (
    *("azure-batch", "azure-storage-blob", "azure-identity", "azure-core", "azure-mgmt-batch"),
    *("typer", "rich", "av", "imageio-ffmpeg", "urllib3", "keyring"),
)


def version_result() -> CommandResult:
    """Return the versions of batchff and of what it's made of, without loading any of that."""
    found = {name: _installed(name) for name in _NAMED}
    packages = {name: version for name, version in found.items() if version}
    data = Version(
        version=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=platform.platform(),
        ffmpeg=_bundled_ffmpeg(),
        packages=packages,
    )
    facts = [
        ("python", data.python),
        ("platform", data.platform),
        ("ffmpeg", data.ffmpeg or "none that batchff brings"),
        *packages.items(),
    ]
    return CommandResult(data, text=f"batchff {__version__}\n{named(facts, width=18)}")


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _bundled_ffmpeg() -> str | None:
    """Return the version that the name of imageio-ffmpeg's program ends with."""
    package = find_spec("imageio_ffmpeg")
    folders = (package.submodule_search_locations or ()) if package else ()
    for folder in folders:
        for program in Path(folder, "binaries").glob("ffmpeg-*"):
            if found := re.search(r"-v([\d.]+\d)", program.name):
                return found[1]
    return None
