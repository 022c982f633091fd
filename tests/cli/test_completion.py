"""The files in `completions/` are made so, for each shell, and held to be what they would be now:

_BATCHFF_COMPLETE=source_bash batchff | sed '/^$/d' > completions/batchff.bash

For the others it's source_zsh and _batchff, source_fish and batchff.fish, source_powershell and
batchff.ps1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETIONS = Path(__file__).parents[2] / "completions"
FILES = {
    "bash": "batchff.bash",
    "zsh": "_batchff",
    "fish": "batchff.fish",
    "powershell": "batchff.ps1",
}


def batchff(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "batchff"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def complete(line: str) -> list[str]:
    """What bash would be offered for the last word of a line."""
    words = line.split(" ")
    done = batchff(
        _BATCHFF_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize("shell", FILES)
def test_the_script_is_what_the_command_makes_today(shell: str) -> None:
    made = batchff(_BATCHFF_COMPLETE=f"source_{shell}").stdout
    lines = [line for line in made.splitlines(keepends=True) if line != "\n"]
    assert (COMPLETIONS / FILES[shell]).read_text() == "".join(lines)


def test_zsh_finds_its_mark_on_the_first_line() -> None:
    assert (COMPLETIONS / "_batchff").read_text().startswith("#compdef batchff\n")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("batchff pre", ["preset"]),
        ("batchff preset show hevc-", ["hevc-hdr", "hevc-nvenc"]),
        ("batchff submit videos --preset m", ["mp3"]),
        ("batchff --profile l", ["local"]),
        ("batchff upload --incl", ["--include"]),
        ("batchff upload videos --ver", ["--verbose"]),
        ("batchff job list --profile l", ["local"]),
        ("batchff emulator st", ["start", "stop", "status"]),
    ],
)
def test_commands_options_presets_and_profiles_are_offered(line: str, offered: list[str]) -> None:
    assert complete(line) == offered


def test_profiles_and_their_settings_are_offered_by_their_names() -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")
    file.parent.mkdir(parents=True)
    file.write_text("[profiles.studio]\n[profiles.archive]\nauth = 'key'\npool.spot = 8\n")
    assert complete("batchff profile use ") == ["local", "studio", "archive"]
    assert complete("batchff profile use s") == ["studio"]
    assert complete("batchff profile unset archive ") == ["auth", "pool.spot"]
    assert complete("batchff profile unset archive auth p") == ["pool.spot"]


def test_a_broken_profile_file_doesnt_disturb_the_prompt() -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")
    file.parent.mkdir(parents=True)
    file.write_text("nonsense")
    assert complete("batchff profile use ") == ["local"]


def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    program = tmp_path / "batchff"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m batchff "$@"\n')
    program.chmod(0o755)
    script = f"""
        source "{COMPLETIONS / "batchff.bash"}"
        COMP_WORDS=(batchff preset show m) COMP_CWORD=3
        _batchff_completion batchff
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("mp3\n", "")
