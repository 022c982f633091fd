"""With no account set up, the emulator starts by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator import launch
from tests.commands import CLIPS, Batchff


@pytest.fixture(autouse=True)
def _nothing_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    launch.stop(launch.default_root())


def test_submit_starts_an_emulator_and_says_so(run: Batchff) -> None:
    first = run("submit", CLIPS / "city.mp4", "--out", "out")
    again = run("submit", CLIPS / "city.mp4", "--out", "out")

    assert first.code == again.code == 0
    assert "no account is set up: using the emulator" in first.err
    assert "no account is set up" not in again.err
    assert Path("out/city.mp3").stat().st_size > 0


def test_whoever_names_local_isnt_told_that_there_is_no_account(run: Batchff) -> None:
    listed = run("--profile", "local", "pool", "list")
    assert listed.code == 0
    assert listed.err.startswith("the emulator on this machine (started at http://127.0.0.1:")


def test_usage_that_is_wrong_starts_nothing(run: Batchff) -> None:
    assert run("submit", "no-such-folder").code == 1
    assert run("submit", CLIPS, "--preset", "vhs").code == 2

    assert run("emulator", "status").out.startswith("not running")


def test_upload_with_storage_alone_starts_nothing(
    run: Batchff, emulator: launch.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", emulator.storage_connection_string)
    monkeypatch.setenv("BATCHFF_INPUT_CONTAINER", "storage-alone")

    assert run("upload", CLIPS).code == 0

    assert run("emulator", "status").out.startswith("not running")
