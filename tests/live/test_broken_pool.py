"""Pools on which no task can run: with a client that sees it, and with none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands import CLIPS
from tests.live.account import LiveAccount, live_suite

pytestmark = live_suite

# No node has a web server, so that its start task can't fetch the file.
NO_FFMPEG = ("--ffmpeg", "http://127.0.0.1:1/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)


@pytest.fixture(scope="module")
def city(live: LiveAccount) -> Path:
    """A folder of one clip."""
    folder = live.folder / "broken-pool"
    folder.mkdir()
    shutil.copy(CLIPS / "city.mp4", folder)
    return Path("broken-pool")


def test_a_pool_whose_start_task_fails_is_removed(live: LiveAccount, city: Path) -> None:
    job = live.name("no-start")

    ran = live.batchff("submit", city, "--job", job, *NO_FFMPEG, "--yes", minutes=45)

    assert (ran.code, f"removed: pool {job}" in ran.err) == (1, True), ran
    live.eventually(lambda: live.batchff("pool", "show", job).code == 1, minutes=30)
    assert live.batchff("cleanup", job, "--inputs", "--outputs", "--yes").code == 0


def test_a_pool_that_nobody_watches_gives_up(live: LiveAccount, city: Path) -> None:
    if live.is_emulator:
        pytest.skip("it takes an hour and more; the emulator's tests have a faster clock")
    job = live.name("gives-up")
    left = live.batchff("submit", city, "--job", job, *NO_FFMPEG, "--yes", "--detach")
    assert left.code == 0, left
    live.eventually(
        lambda: live.result("pool", "show", job)["node_states"] == {"starttaskfailed": 1},
        minutes=25,
    )

    def gave_up() -> bool:
        run = live.result("pool", "show", job)["formula_run"]
        assert not run or not run["error"], run
        return bool(run and run["gave_up"])

    # An hour since the node came, two evaluations, and what the service's samples are late.
    live.eventually(gave_up, minutes=75)
    live.eventually(lambda: live.result("pool", "show", job)["nodes"] == 0, minutes=15)

    shown = live.result("job", "show", job)
    assert (shown["pool_gave_up"], shown["tasks"]["active"]) == (True, 1)
    words = ("cleanup", job, "--pool", "--inputs", "--outputs", "--yes")
    assert live.batchff(*words).code == 0
