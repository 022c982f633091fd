"""The scripts and the workflow of CI name what exists, and the client's tests need no emulator."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CI = ROOT / ".ci"

# Runs pytest as on Windows, as far as imports go.
_WITHOUT_POSIX = """
import sys

for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None

import pytest

sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("script", ["run", "client", "long"])
def test_each_test_that_a_script_names_exists(script: str) -> None:
    named = re.findall(r"\btests/[\w./]+", (CI / script).read_text("utf-8"))
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_workflow_runs_scripts_that_exist() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    scripts = re.findall(r"^ +- run: (\.ci/\w+)", workflow, re.MULTILINE)
    assert sorted(scripts) == [".ci/client", ".ci/run"]
    assert all((ROOT / script).stat().st_mode & 0o111 for script in scripts)


def test_the_clients_tests_for_windows_find_all_they_need_without_posix() -> None:
    script = (CI / "client").read_text("utf-8")
    names = re.search(r"^tests=\(\n(.+?)^\)", script, re.MULTILINE | re.DOTALL)
    ignored = re.search(r"--ignore=\S+(?=\))", script)
    assert names is not None and ignored is not None
    # Each test's fixtures are looked up, and none is set up.
    options = ["-n0", "-q", "-p", "no:cacheprovider", "--setup-plan", ignored[0]]
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_POSIX, *options, *names[1].split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-3000:]
    assert ended.stdout.count("SETUP    F") > 500
