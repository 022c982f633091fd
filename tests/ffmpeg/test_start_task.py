"""The start task's command, run with a package manager that the test writes."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from batchff.ffmpeg.start_task import start_task_command_line

INSTALL = 'printf "#!/bin/sh\\necho ffmpeg version 0\\n" >"$BIN/ffmpeg"; chmod +x "$BIN/ffmpeg"'


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A PATH with next to nothing on it; its `sleep` takes no time."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "chmod").symlink_to("/bin/chmod")
    write_program(folder / "sleep", 'echo "sleep $*" >>"$BIN/calls"')
    return folder


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(bin_folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        shlex.split(start_task_command_line()),
        env={"PATH": str(bin_folder), "BIN": str(bin_folder)},
        capture_output=True,
        text=True,
    )


def test_the_command_holds_nothing_that_a_node_might_split_or_replace() -> None:
    command = start_task_command_line()

    assert command.startswith('/bin/sh -c "')
    assert command.endswith('"')
    text = command.removeprefix('/bin/sh -c "').removesuffix('"')
    assert not set('"\\$`\n') & set(text)
    assert "#" not in text


def test_nothing_is_done_where_ffmpeg_is_there(bin_folder: Path) -> None:
    write_program(bin_folder / "ffmpeg", "exit 1")
    write_program(bin_folder / "apt-get", 'echo "$*" >>"$BIN/calls"')

    assert run(bin_folder).returncode == 0
    assert not (bin_folder / "calls").exists()


def test_ffmpeg_is_installed_without_a_question_and_waiting_for_the_lock(bin_folder: Path) -> None:
    write_program(
        bin_folder / "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >>"$BIN/calls"\ncase $* in *install*) {INSTALL} ;; esac',
    )

    done = run(bin_folder)

    assert done.returncode == 0
    assert "ffmpeg version 0" in done.stdout
    update, install = (bin_folder / "calls").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends ffmpeg")
    assert update.startswith("noninteractive ")
    assert "DPkg::Lock::Timeout=300" in install


def test_a_package_manager_that_fails_is_tried_again(bin_folder: Path) -> None:
    write_program(
        bin_folder / "apt-get",
        f'[ -e "$BIN/later" ] || {{ : >"$BIN/later"; exit 100; }}\n'
        f"case $* in *install*) {INSTALL} ;; esac",
    )

    assert run(bin_folder).returncode == 0
    assert (bin_folder / "calls").read_text() == "sleep 15\n"


def test_a_start_task_that_could_not_install_ffmpeg_fails(bin_folder: Path) -> None:
    write_program(bin_folder / "apt-get", "echo E: no network >&2; exit 100")

    done = run(bin_folder)

    assert done.returncode == 127
    assert done.stderr.count("E: no network") == 5


def test_an_image_without_a_package_manager_fails_at_once(bin_folder: Path) -> None:
    done = run(bin_folder)

    assert done.returncode == 1
    assert "neither ffmpeg nor apt-get" in done.stderr
    assert not os.path.exists(bin_folder / "calls")
