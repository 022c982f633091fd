"""What must be quick imports nothing that is slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchff.cli import main
from batchff.cli.job import group as job
from batchff.cli.pool import group as pool
from batchff.emulator.launch import Connection

SLOW = (
    *("av", "azure", "keyring", "pydantic", "requests", "rich.live", "rich.progress"),
    *("starlette", "uvicorn", "urllib3"),
)

# The modules that hold commands.
COMMANDS = {module for group in (main, job, pool) for module in group.Commands.modules.values()}

PROBE = """
import sys
from batchff.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
sys.stderr.write("\\nloaded: " + " ".join(sys.modules))
sys.exit(code)
"""

COMPLETION = {
    "bash": {"COMP_WORDS": "batchff preset show ", "COMP_CWORD": "3"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "batchff preset show "},
    "fish": {
        "_TYPER_COMPLETE_ARGS": "batchff preset show ",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
    "powershell": {"_TYPER_COMPLETE_ARGS": "batchff preset show "},
}


def loaded_by(*words: str, code: int = 0, environment: dict[str, str] | None = None) -> set[str]:
    """The modules that a command loads."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == code, done.stderr
    return set(done.stderr.rpartition("loaded: ")[2].split())


def slow_ones(loaded: set[str]) -> list[str]:
    return sorted(name for name in loaded if name.startswith(SLOW))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--help", 0),
        ("submit --help", 0),
        ("doctor --help", 0),
        ("inspect --help", 0),
        ("init --help", 0),
        ("init local", 0),
        ("emulator --help", 0),
        ("--version", 0),
        ("preset list", 0),
        ("profile show", 0),
        ("emulator status", 0),
        ("nosuch", 2),
        ("submit", 2),
    ],
)
def test_what_needs_no_service_loads_nothing_slow(line: str, code: int) -> None:
    assert slow_ones(loaded_by(*line.split(), code=code)) == []


@pytest.mark.parametrize(
    ("line", "code", "modules"),
    [
        ("--version", 0, set()),
        ("nosuch", 2, set()),
        ("preset list", 0, {"batchff.cli.preset"}),
        ("job submit", 2, {"batchff.cli.job.group", "batchff.cli.job.submit"}),
    ],
)
def test_a_command_loads_no_other(line: str, code: int, modules: set[str]) -> None:
    assert loaded_by(*line.split(), code=code) & COMMANDS == modules


@pytest.mark.parametrize(
    ("line", "code", "modules"),
    [
        ("--help", 0, set()),
        ("job list --help", 0, set()),
        ("emulator --help", 0, set()),
        ("submit", 2, set()),
        ("emulator status", 0, {"batchff.results.emulator"}),
    ],
)
def test_only_the_result_of_a_command_that_ran_is_loaded(
    line: str, code: int, modules: set[str]
) -> None:
    loaded = loaded_by(*line.split(), code=code)
    assert {name for name in loaded if name.startswith("batchff.results.")} == modules


@pytest.mark.parametrize("shell", COMPLETION)
def test_completion_loads_nothing_slow(shell: str) -> None:
    environment = {"_BATCHFF_COMPLETE": f"complete_{shell}", **COMPLETION[shell]}
    assert slow_ones(loaded_by(environment=environment)) == []


def test_files_are_sent_without_the_storage_sdk(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"media")
    connection = {"BATCHFF_STORAGE_CONNECTION_STRING": "nonsense"}
    loaded = loaded_by("upload", str(tmp_path), code=5, environment=connection)
    assert "batchff.cloud.storage" in loaded
    assert not [module for module in loaded if module.startswith("azure")]


def test_jobs_are_listed_with_nothing_that_other_commands_need(emulator: Connection) -> None:
    loaded = loaded_by("job", "list", environment=emulator.environment())
    assert "azure.batch" in loaded
    assert loaded & COMMANDS == {"batchff.cli.job.group", "batchff.cli.job.list"}
    results = {"batchff.results.job", "batchff.results.job.list"}
    assert {name for name in loaded if name.startswith("batchff.results.")} == results
    unneeded = (
        *("azure.identity", "azure.mgmt", "keyring", "pydantic", "requests", "rich", "tomlkit"),
        *("urllib3", "batchff.emulator.launch", "batchff.events", "batchff.ffmpeg"),
    )
    assert sorted(name for name in loaded if name.startswith(unneeded)) == []


def test_the_probe_sees_what_is_slow() -> None:
    account = {
        "BATCHFF_BATCH_ACCOUNT": "a",
        "BATCHFF_BATCH_ENDPOINT": "http://127.0.0.1",
        "BATCHFF_BATCH_KEY": "no base64",
    }
    loaded = loaded_by("job", "list", code=5, environment=account)
    assert "azure.batch" in slow_ones(loaded)
