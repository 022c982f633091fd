"""What every test may rely on: it sees no file and no setting of the user who runs it."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's load than of what it tests.
settings.register_profile(
    "loaded", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("loaded")

# Where Python is told to keep no bytecode, each worker and each command that a test runs would
# compile everything again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell starts what runs in the background deaf to Ctrl-C, and so would be all that tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What another one imports comes before it.
pytest_plugins = [
    "pytester",
    "tests.identity.certificates",
    "tests.identity.keyrings",
    "tests.identity.sign_in",
    "tests.ffmpeg_programs",
    "tests.media_sources",
    "tests.cloud.management.arm",
    "tests.wire.plugin",
]
# The emulator needs it, so on Windows there are only the tests of the client alone.
if importlib.util.find_spec("fcntl"):
    pytest_plugins += [
        "tests.azurite",
        "tests.emulator_process",
        "tests.storage_servers",
        "tests.commands",
    ]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor ever after in what that made."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local" / "share",
    }
    home.mkdir()
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(folder))
    for name in os.environ:
        if name.startswith(("BATCHFF_", "AZURE_")):
            monkeypatch.delenv(name)
