"""The suite for a real account, as far as it goes without one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_LIVE = Path(__file__).parent / "live"


def pytest_here(*words: str | Path) -> str:
    """Run pytest on the live suite, and give what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "-rs", *words, _LIVE],
        cwd=_LIVE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_the_live_suite_is_only_run_when_asked_for_and_then_says_what_it_needs(
    pytestconfig: pytest.Config,
) -> None:
    assert "not live and not long" in pytestconfig.getini("addopts")
    said = pytest_here("-m", "live")
    assert "BATCHFF_LIVE_PROFILE isn't set: it names the profile of the account" in said, said
    assert re.fullmatch(r"=* \d\d skipped in .*", said.splitlines()[-1]), said
