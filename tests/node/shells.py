"""The shells that a node's script must run with, and which ffmpeg each of them has in tests."""

from __future__ import annotations

import os
import shutil

import pytest

_USUAL = ("sh", "dash", "bash --posix", "busybox sh")


def _that_differ(shells: tuple[str, ...]) -> list[str]:
    """Leave out each shell that is the program of one before it, as Debian's `sh` is dash."""
    programs: dict[tuple[str, ...], str] = {}
    for shell in shells:
        name, *options = shell.split()
        found = shutil.which(name)
        program = os.path.realpath(found) if found else name
        programs.setdefault((program, *options), shell)
    return list(programs.values())


SHELLS = _that_differ(_USUAL)

# What a shell makes of the script doesn't depend on which ffmpeg answers it: `sh` has each of the
# two, every other shell has one.
each_shell = pytest.mark.parametrize(
    ("ffmpeg", "shell"),
    [("machine", "sh"), *(("imageio", shell) for shell in SHELLS)],
    indirect=["ffmpeg"],
)
