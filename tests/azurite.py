"""Azurite, the vendor's storage emulator, as a second server for tests of what both can do.

Taken from the environment variable BATCHFF_AZURITE (the path of `azurite-blob`) or from PATH, else
installed once with npm into pytest's cache of this checkout.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
# Azurite's documentation gives this key to everyone; it opens nothing else.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
OPTIONS = (
    "--inMemoryPersistence",
    "--skipApiVersionCheck",
    "--silent",
    "--disableTelemetry",
    "--blobPort=0",
)


@pytest.fixture(scope="session")
def azurite_url(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of Azurite's account; it runs once for each worker, and keeps all in memory."""
    program = _program(pytestconfig)
    with subprocess.Popen(
        [program, *OPTIONS],
        cwd=tmp_path_factory.mktemp("azurite"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield f"{_endpoint(process)}/{ACCOUNT}"
        finally:
            process.terminate()


def _program(config: pytest.Config) -> str:
    given = os.environ.get("BATCHFF_AZURITE") or shutil.which("azurite-blob")
    if given:
        return given
    npm = shutil.which("npm")
    if npm:
        return str(_installed(npm, config.cache.mkdir("azurite")))
    reason = "Azurite is needed: there is neither azurite-blob nor npm on PATH"
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def _installed(npm: str, folder: Path) -> Path:
    """Install it unless that was done before; one of several workers does it, the others wait."""
    program = folder / "node_modules" / ".bin" / "azurite-blob"
    done = folder / f"installed-{VERSION}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            subprocess.run(
                [npm, "install", "--no-audit", "--no-fund", f"azurite@{VERSION}"],
                cwd=folder,
                env={
                    **os.environ,
                    "HOME": str(folder),
                    "npm_config_prefix": str(folder),
                    "npm_config_cache": str(folder / "npm-cache"),
                    "npm_config_update_notifier": "false",
                },
                check=True,
                stdout=subprocess.DEVNULL,
            )
            shutil.rmtree(folder / "npm-cache")
            done.touch()
    return program


def _endpoint(process: subprocess.Popen[str]) -> str:
    """The URL that Azurite says it listens on."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        match = re.search(r"successfully listens on (http://\S+)", line)
        if match:
            return match[1]
    raise RuntimeError(f"Azurite ended before it listened:\n{''.join(said)}")
