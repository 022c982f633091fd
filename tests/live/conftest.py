"""One account for all tests of a run, and one pool for all its jobs but the Spot one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import CLIPS
from tests.live.account import GPU_IMAGE, GPU_VM_SIZE, LiveAccount, open_account

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
def gpu(live: LiveAccount) -> tuple[str, ...]:
    """The options of a pool whose nodes have an NVIDIA GPU, and its driver."""
    size, image = (_ENVIRONMENT.get(name) for name in (GPU_VM_SIZE, GPU_IMAGE))
    if live.is_emulator or not size or not image:
        pytest.skip(f"{GPU_VM_SIZE} and {GPU_IMAGE} name a size and an image with NVIDIA's driver")
    return ("--vm-size", size, "--image", image)


@pytest.fixture(scope="session")
def clips(live: LiveAccount) -> Path:
    """The sample clips, in a folder that commands see by its name."""
    shutil.copytree(CLIPS, live.folder / "clips")
    return Path("clips")


@pytest.fixture(scope="session")
def pool(live: LiveAccount) -> str:
    """A pool with one dedicated node, which has the bundled ffmpeg and is ready."""
    name = live.name("pool")
    words = ("pool", "create", name, "--ffmpeg", "bundled", "--wait", "--timeout", "30m")
    ready = live.batchff(*words, minutes=35)
    assert ready.code == 0, ready
    return name
