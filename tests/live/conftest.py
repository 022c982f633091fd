"""One account for all tests of a run, and one pool for all its jobs but the Spot one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import CLIPS
from tests.live.account import LiveAccount, open_account

# Read before a test gets a home of its own: this is where the user is signed in.
_ENVIRONMENT = dict(os.environ)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveAccount]:
    """The account; what the run made in it is removed at the end, whatever happened."""
    folder = tmp_path_factory.mktemp("live")
    account = open_account(secrets.token_hex(4), folder, _ENVIRONMENT)
    try:
        yield account
    finally:
        try:
            account.remove_all()
        finally:
            if account.is_emulator:
                account.batchff("emulator", "stop")


@pytest.fixture(scope="session")
def clips(live: LiveAccount) -> Path:
    """The sample clips, in a folder that commands see by its name."""
    shutil.copytree(CLIPS, live.folder / "clips")
    return Path("clips")


@pytest.fixture(scope="session")
def pool(live: LiveAccount) -> str:
    """A pool with one dedicated node, which is ready."""
    name = live.name("pool")
    ready = live.batchff("pool", "create", name, "--wait", "--timeout", "30m", minutes=35)
    assert ready.code == 0, ready
    return name
