"""Azurite, the vendor's storage emulator, as a second server for tests of what both can do.

Taken from the environment variable BATCHFF_AZURITE (the path of `azurite-blob`) or from PATH, else
installed once with npm into pytest's cache of this checkout.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packages import npm_package

VERSION = "3.35.0"
# Read before the tests' environment is emptied of such settings.
GIVEN = os.environ.get("BATCHFF_AZURITE")
ACCOUNT = "devstoreaccount1"
# Azurite's documentation gives this key to everyone; it opens nothing else.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
OPTIONS = (
    "--skipApiVersionCheck",
    "--silent",
    "--disableTelemetry",
    "--blobPort=0",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker run all that runs with Azurite: each Azurite takes a second to start."""
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        grouped = item.get_closest_marker("xdist_group")
        if "azurite" in given.values() and grouped is None:
            item.add_marker(pytest.mark.xdist_group("azurite"))


@pytest.fixture(scope="session")
def azurite_program(pytestconfig: pytest.Config) -> str:
    """The path of Azurite's Blob service."""
    given = GIVEN or shutil.which("azurite-blob")
    if given:
        return given
    folder = npm_package(pytestconfig, "azurite", VERSION)
    return str(folder / "node_modules" / ".bin" / "azurite-blob")


@pytest.fixture(scope="session")
def azurite_url(azurite_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of Azurite's account; it runs once, and keeps all in memory."""
    folder = tmp_path_factory.mktemp("azurite")
    with running_azurite(azurite_program, folder, "--inMemoryPersistence") as url:
        yield url


@contextmanager
def running_azurite(program: str, folder: Path, *options: str) -> Iterator[str]:
    """Run Azurite, its files below a folder, and give the URL of its account."""
    with subprocess.Popen(
        [program, *OPTIONS, *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield f"{_endpoint(process)}/{ACCOUNT}"
        finally:
            process.terminate()
            # Its farewell is read, or it would complain.
            process.communicate()


def _endpoint(process: subprocess.Popen[str]) -> str:
    """The URL that Azurite says it listens on."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        match = re.search(r"successfully listens on (https?://\S+)", line)
        if match:
            return match[1]
    raise RuntimeError(f"Azurite ended before it listened:\n{''.join(said)}")
