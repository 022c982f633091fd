"""The account that the suite works in, and how it's left as it was found."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from batchff.cloud.credentials import open_storage
from batchff.cloud.storage import Storage
from batchff.profile import LOCAL, resolve_profile
from tests.commands import Ran, ran_of

PROFILE = "BATCHFF_LIVE_PROFILE"
VM_SIZE = "BATCHFF_LIVE_VM_SIZE"
GPU_VM_SIZE = "BATCHFF_LIVE_GPU_VM_SIZE"
GPU_IMAGE = "BATCHFF_LIVE_GPU_IMAGE"
MARK = "batchff-live-"
"""What the names of all that any run makes begin with."""

live_suite = [pytest.mark.live, pytest.mark.xdist_group("live"), pytest.mark.timeout(2 * 3600)]

_SUITE = frozenset({PROFILE, VM_SIZE, GPU_VM_SIZE, GPU_IMAGE})
_SETTINGS = ("BATCHFF_", "AZURE_")
_PAUSE_SECONDS = 10.0
_MINUTES_OF_DELETION = 30


@dataclass(frozen=True)
class LiveAccount:
    """An account and what a run may use of it; commands are run in `folder`.

    Keys may stand in the environment, so it's never shown.
    """

    profile: str
    run: str
    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def is_emulator(self) -> bool:
        return self.profile == LOCAL

    def name(self, what: str) -> str:
        """Name something, so that everybody sees that it's this run's."""
        return f"{MARK}{self.run}-{what}"

    def batchff(self, *words: str | Path, minutes: float = 15) -> Ran:
        """Run a command as the user would; one that takes too long is killed, and raises."""
        ended = subprocess.run(
            [sys.executable, "-m", "batchff", "--profile", self.profile, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=minutes * 60,
        )
        return ran_of(words, ended.returncode, ended.stdout, ended.stderr)

    def result(self, *words: str | Path, minutes: float = 15, code: int = 0) -> dict[str, Any]:
        """Run a command that must end with this exit code; give its result's data."""
        ended = self.batchff("--json", *words, minutes=minutes)
        assert ended.code == code, ended
        return ended.result

    @contextmanager
    def storage(self) -> Iterator[Storage]:
        """The storage account, for what no command does; the user's sign-in is needed for it."""
        environment = self.environment
        if self.is_emulator:
            kept = self.result("emulator", "env")["AZURE_STORAGE_CONNECTION_STRING"]
            environment = {**environment, "BATCHFF_STORAGE_CONNECTION_STRING": kept}
        with mock.patch.dict(os.environ, environment, clear=True):
            yield open_storage(resolve_profile(self.profile, {}))

    def eventually(self, look: Callable[[], Any], minutes: float) -> Any:
        """Look until something is truthy, and give it; fail after these minutes."""
        deadline = time.monotonic() + minutes * 60
        while not (value := look()):
            assert time.monotonic() < deadline, f"it didn't happen within {minutes} minutes"
            threading.Event().wait(0.1 if self.is_emulator else _PAUSE_SECONDS)
        return value

    def leftovers(self) -> list[dict[str, Any]]:
        """What any run of this suite has in the account, as `cleanup` lists it."""
        found: list[dict[str, Any]] = self.result("cleanup", "--all", "--dry-run")["found"]
        return [row for row in found if row["name"].startswith(MARK)]

    def own(self) -> list[str]:
        """What this run has in the account: a kind and a name each."""
        rows = (f"{row['what']} {row['name']}" for row in self.leftovers())
        return sorted(row for row in rows if self.run in row)

    def remove_all(self) -> None:
        """Remove what this run has in the account; fail where something of it stays.

        It asks for each thing by its name, as `cleanup --all` would take other people's as well.
        """
        for what, name in (row.split(" ", 1) for row in self.own()):
            if what in ("job", "pool"):
                self.batchff(what, "delete", name, "--yes")
        with self.storage() as storage:
            for kind in ("in", "out", "ffmpeg"):
                storage.delete_container(self.name(kind))
        try:
            self.eventually(lambda: not self.own(), _MINUTES_OF_DELETION)
        except AssertionError:
            pytest.fail(f"left in the account, where it may cost: {self.own()}", pytrace=False)


def open_account(run: str, folder: Path, environment: Mapping[str, str]) -> LiveAccount:
    """Return the account of the profile that this environment, the user's own, names.

    Skips the test where it names none. How pools are made beyond size and counts, and how the
    account is signed in to, stays the profile's own.
    """
    profile = environment.get(PROFILE)
    if not profile:
        pytest.skip(f"{PROFILE} isn't set: it names the profile of the account to run in")
    if profile == LOCAL:
        # Nothing of the user's: neither settings nor the emulator.
        home = folder / "home"
        home.mkdir()
        inherited = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)},
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
        }
    else:
        inherited = {name: value for name, value in environment.items() if name not in _SUITE}
    account = LiveAccount(profile, run, folder, inherited)
    settings = {
        "BATCHFF_INPUT_CONTAINER": account.name("in"),
        "BATCHFF_OUTPUT_CONTAINER": account.name("out"),
        "BATCHFF_FFMPEG_CONTAINER": account.name("ffmpeg"),
        "BATCHFF_POOL_VM_SIZE": environment.get(VM_SIZE) or "Standard_D2s_v5",
        "BATCHFF_POOL_NODES": "1",
        "BATCHFF_POOL_SPOT": "0",
        "BATCHFF_POOL_MAX_NODES": "0",
        "BATCHFF_POOL_SLOTS": "2",
    }
    return replace(account, environment={**inherited, **settings})
