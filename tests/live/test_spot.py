"""A whole submit on a Spot node, which dedicated nodes would stand in for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.account import LiveAccount, live_suite
from tests.media import decoded_seconds

pytestmark = live_suite

SPOT = ("--spot", "1", "--nodes", "0")


@pytest.fixture(scope="module", autouse=True)
def _quota(live: LiveAccount) -> None:
    """Skip where the account may have no Spot nodes, as far as that can be read."""
    checks = live.batchff("--json", "doctor", *SPOT).events
    for check in checks:
        if check.get("name") == "quota: Spot cores" and check["status"] == "failure":
            pytest.skip(f"the account can have no Spot node: {check['message']}")


def test_a_submit_on_spot_leaves_nothing_running(live: LiveAccount, clips: Path) -> None:
    job = live.name("spot")
    submit = ("submit", clips, *SPOT, "--job", job, "--out", "spot-home", "--yes")
    assert live.batchff(*submit, "--detach").code == 0
    asked = live.result("pool", "show", job)["specification"]
    assert (asked["nodes"], asked["spot"]) == (0, 1)

    done = live.result(*submit, minutes=60)

    assert (done["succeeded"], done["downloaded"]) == (3, 3)
    for output in (live.folder / "spot-home").rglob("*.mp3"):
        assert decoded_seconds(output) > 0
    live.eventually(lambda: live.batchff("pool", "show", job).code == 1, minutes=30)
    assert live.batchff("cleanup", job, "--inputs", "--outputs", "--yes").code == 0
