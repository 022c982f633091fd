"""The files in `completions/` are made so, for each shell, and held to be what they would be now:

_BATCHFF_COMPLETE=source_bash batchff | sed '/^$/d' > completions/batchff.bash

For the others it's source_zsh and _batchff, source_fish and batchff.fish, source_powershell and
batchff.ps1.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batchff.cli.completion.seen import seen_file

COMPLETIONS = Path(__file__).parents[3] / "completions"
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
    done = batchff(_BATCHFF_COMPLETE="complete_bash", _TYPER_COMPLETE_ARGS=line)
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
        ("batchff submit videos --preset h264 --set h", ["height="]),
        ("batchff submit videos --preset h264 --set speed=ultra", ["speed=ultrafast"]),
        ("batchff submit videos --vm-size Standard_D4s", ["Standard_D4s_v5"]),
        ("batchff submit videos --image a", ["auto"]),
        ("batchff profile set studio pool.sp", ["pool.spot="]),
        ("batchff profile set studio batch_k", ["batch_key"]),
        ("batchff profile set studio auth=k", ["auth=key"]),
        ("batchff submit videos --audio d", ["de"]),
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


@pytest.mark.parametrize(
    "line",
    [
        "batchff submit vid",
        "batchff upload videos ",
        "batchff submit --list ",
        "batchff download --to ~/out",
        "batchff submit videos --preset ./mine",
        "batchff preset show mine/h264.toml",
    ],
)
def test_the_shell_completes_a_path_where_one_may_be(line: str) -> None:
    assert complete(line) == [":files"]


@pytest.mark.parametrize(
    "line",
    ["batchff job show no", "batchff watch ", "batchff preset show zz", "batchff pool show "],
)
def test_nothing_is_offered_where_nothing_fits(line: str) -> None:
    assert complete(line) == []


def test_ids_that_commands_have_seen_are_offered_by_profile() -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")
    file.parent.mkdir(parents=True)
    file.write_text("default = 'studio'\n[profiles.studio]\n")
    seen_file().parent.mkdir(parents=True)
    ids = {
        "job": ["videos-2", "videos-1", "songs-1"],
        "pool": ["batchff-1"],
        "input_set": ["set-1"],
    }
    seen_file().write_text(json.dumps({"studio": ids, "local": {"job": ["here-1"]}}))
    for command in ("watch", "logs", "download", "cleanup", "job show", "job stop", "job delete"):
        assert complete(f"batchff {command} vid") == ["videos-2", "videos-1"]
    assert complete("batchff job retry ") == ["videos-2", "videos-1", "songs-1"]
    assert complete("batchff --profile local watch ") == ["here-1"]
    assert complete("batchff pool delete b") == ["batchff-1"]
    assert complete("batchff submit videos --pool ") == ["batchff-1"]
    assert complete("batchff job submit --input s") == ["set-1"]
    assert complete("batchff upload videos --to ") == ["set-1"]


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with the command that the shells' scripts call."""
    program = tmp_path / "batchff"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m batchff "$@"\n')
    program.chmod(0o755)
    return tmp_path


def in_shell(shell: str, options: list[str], script: str, bin_folder: Path) -> str:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} on this machine")
    done = subprocess.run(
        [program, *options, "-c", script],
        env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("line", "words", "offered"),
    [
        ("batchff preset show m", "batchff preset show m", "mp3"),
        ("batchff job show x", "batchff job show x", ""),
        ("batchff submit --preset h264 --set speed=ultra", "batchff submit --preset h264 --set "
         "speed = ultra", "ultrafast"),
        ("batchff submit --preset=h264-7", "batchff submit --preset = h264-7", "h264-720"),
    ],
)  # fmt: skip
def test_bash_completes_with_the_script(
    bin_folder: Path, line: str, words: str, offered: str
) -> None:
    script = f"""
        source "{COMPLETIONS / "batchff.bash"}"
        COMP_LINE="{line}" COMP_POINT={len(line)}
        COMP_WORDS=({words}) COMP_CWORD={len(words.split()) - 1}
        _batchff_completion batchff
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert in_shell("bash", ["--norc"], script, bin_folder).strip() == offered


def test_bash_offers_files_only_where_a_path_may_be(bin_folder: Path) -> None:
    script = f"""
        source "{COMPLETIONS / "batchff.bash"}"
        compopt() {{ printf "%s " "$@"; }}
        COMP_WORDS=(batchff submit vid) COMP_CWORD=2 COMP_LINE='batchff submit vid' COMP_POINT=18
        _batchff_completion batchff
    """
    assert in_shell("bash", ["--norc"], script, bin_folder) == "-o default "


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("batchff preset show m", ["mp3"]),
        ("batchff job show x", []),
        ("batchff submit so", ["song.wav"]),
    ],
)
def test_fish_completes_with_the_script(bin_folder: Path, line: str, offered: list[str]) -> None:
    (bin_folder / "song.wav").touch()
    script = f"""
        cd {bin_folder}
        source "{COMPLETIONS / "batchff.fish"}"
        complete --do-complete '{line}'
    """
    found = in_shell("fish", ["--no-config"], script, bin_folder)
    assert [row.partition("\t")[0] for row in found.splitlines()] == offered
