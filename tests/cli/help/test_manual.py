from __future__ import annotations

import shutil
import subprocess

import pytest

from batchff.cli.main import Commands
from tests.commands import Batchff


def test_the_manual_has_all_commands_with_their_options(run: Batchff) -> None:
    page = run("help", "man").out
    groups = {"pool", "job", "profile", "preset", "emulator"}
    for name in Commands.modules.keys() - groups:
        assert f"\n.SS {name}\n" in page
    assert "\n.SS job list\n" in page
    assert r".B \-\-preset NAME" in page
    assert r"batchff submit ./videos \-\-preset h264" in page


def test_man_takes_it_without_a_warning(run: Batchff) -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("there is no groff on this machine")
    page = run("help", "man").out.encode()
    done = subprocess.run(
        [groff, "-man", "-Kutf8", "-Tutf8", "-ww"], input=page, capture_output=True, check=True
    )
    assert done.stderr == b""
    assert b"BATCHFF(1)" in done.stdout
