"""The start task that puts ffmpeg on a node."""

from __future__ import annotations

from importlib import resources


def start_task_command_line() -> str:
    """Return the command line that installs ffmpeg where a node's image has none.

    How a Linux node splits a command line isn't documented; this one needs nothing of it but that
    a double-quoted text without special characters is one argument. Run it as administrator.
    """
    script = (resources.files("batchff.node") / "install-ffmpeg.sh").read_text("utf-8")
    lines = (line.strip() for line in script.splitlines())
    text = " ".join(line for line in lines if line and not line.startswith("#"))
    return f'/bin/sh -c "{text}"'
