"""Other people's packages for tests, installed once into pytest's cache of this checkout.

One of several workers installs, the others wait. Where a package can't be had, the test is skipped
with the reason; in CI, where the environment has `CI`, that is a failure.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def npm_package(config: pytest.Config, name: str, version: str) -> Path:
    """Give the folder whose `node_modules` holds a package of npm."""
    npm = shutil.which("npm")
    if npm is None:
        unavailable(f"{name} is needed, and there is no npm on PATH")

    def install(folder: Path) -> None:
        environment = {
            "HOME": str(folder),
            "npm_config_prefix": str(folder),
            "npm_config_cache": str(folder / "npm-cache"),
            "npm_config_update_notifier": "false",
        }
        _run([npm, "install", "--no-audit", "--no-fund", f"{name}@{version}"], folder, environment)
        shutil.rmtree(folder / "npm-cache")

    return _installed(config, name, version, install)


def pip_package(config: pytest.Config, name: str, version: str) -> Path:
    """Give the Python of a virtual environment that holds a package of PyPI."""

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", "--clear", "venv"], folder, {})
        pip = ["venv/bin/python", "-m", "pip", "install", "--no-cache-dir", "--no-input"]
        _run([*pip, "--disable-pip-version-check", f"{name}=={version}"], folder, {})

    return _installed(config, name, version, install) / "venv" / "bin" / "python"


def unavailable(reason: str) -> NoReturn:
    """Skip the test with the reason; in CI, fail it."""
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def _installed(
    config: pytest.Config, name: str, version: str, install: Callable[[Path], None]
) -> Path:
    folder = config.cache.mkdir(f"{name.lstrip('@').replace('/', '-')}-{version}")
    done = folder / "installed"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            try:
                install(folder)
            except subprocess.CalledProcessError as error:
                unavailable(f"{name} {version} can't be installed: {error.stderr[-500:]}")
            done.touch()
    return folder


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
