from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress

import pytest

from batchff.console.choose import Progress, choose_console, ring
from batchff.console.json_lines import JsonConsole
from batchff.console.live import LiveConsole
from batchff.console.plain import PlainConsole
from batchff.events import Notice, Warned
from batchff.events.pools import NodeChanged


@contextmanager
def terminal(name: str = "xterm-256color") -> Iterator[None]:
    """Make stderr a real terminal."""
    ours, theirs = pty.openpty()
    with (
        os.fdopen(ours),
        os.fdopen(theirs, "w") as stream,
        redirect_stderr(stream),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TERM", name)
        yield


def test_without_a_terminal_there_are_plain_lines() -> None:
    assert isinstance(choose_console(), PlainConsole)


def test_a_terminal_gets_a_live_display() -> None:
    with terminal():
        assert isinstance(choose_console(), LiveConsole)
        assert isinstance(choose_console(progress=Progress.AUTO), LiveConsole)


def test_every_file_is_a_line_of_its_own() -> None:
    with terminal():
        assert isinstance(choose_console(verbose=True), PlainConsole)
        assert isinstance(choose_console(verbose=True, progress=Progress.SCREEN), LiveConsole)


@pytest.mark.parametrize(
    ("option", "variable", "kind"),
    [
        (Progress.LINES, "", PlainConsole),
        (None, "lines", PlainConsole),
        (Progress.SCREEN, "lines", LiveConsole),
        (None, "nonsense", LiveConsole),
        (None, "", LiveConsole),
    ],
)
def test_a_screen_reader_gets_lines(
    option: Progress | None, variable: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_PROGRESS", variable)
    with terminal():
        console = choose_console(progress=option)
        assert isinstance(console, kind)
        console.close()


def test_nothing_makes_a_screen_of_what_is_no_terminal() -> None:
    assert isinstance(choose_console(progress=Progress.SCREEN), PlainConsole)


def test_the_bell_rings_on_a_terminal_alone(capsys: pytest.CaptureFixture[str]) -> None:
    ring()
    assert capsys.readouterr() == ("", "")
    ours, theirs = pty.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "w") as stream, redirect_stderr(stream):
        ring()
        assert os.read(ours, 10) == b"\a"


def test_a_terminal_that_cant_draw_gets_plain_lines() -> None:
    with terminal("dumb"):
        assert isinstance(choose_console(), PlainConsole)


def test_the_flags_come_before_the_terminal() -> None:
    with terminal():
        assert isinstance(choose_console(quiet=True), PlainConsole)
        assert isinstance(choose_console(json=True), JsonConsole)
        assert isinstance(choose_console(json=True, quiet=True), JsonConsole)


@pytest.mark.parametrize(
    ("quiet", "verbose", "lines"),
    [
        (True, False, "warning: b\n"),
        (False, False, "a\nwarning: b\n"),
        (False, True, "a\nwarning: b\nnode n: idle\n"),
    ],
)
def test_quiet_and_verbose_say_how_much_is_told(
    quiet: bool, verbose: bool, lines: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = choose_console(quiet=quiet, verbose=verbose)
    console.report(Notice("a"))
    console.report(Warned("b"))
    console.report(NodeChanged("p", "n", "idle"))
    assert capsys.readouterr() == ("", lines)


OPEN, CLOSE = "\x1b[?1049h", "\x1b[?1049l"

PROGRAM = """
import time
from batchff.console.choose import choose_console
from batchff.events.upload import UploadStarted

console = choose_console()
console.report(UploadStarted(3, 1024))
try:
    while True:
        time.sleep(0.01)
except KeyboardInterrupt:
    console.close()
"""


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
        process_group=0,  # a group whose parent is in another one is stopped, any other may not be
    )
    os.close(theirs)
    seen = ""

    def until(mark: str) -> None:
        nonlocal seen
        end = time.monotonic() + 30
        while mark not in seen and time.monotonic() < end:
            with suppress(OSError):
                seen += os.read(ours, 65536).decode()
        assert mark in seen, seen
        seen = seen.partition(mark)[2]

    until(OPEN)
    until("upload")
    process.send_signal(signal.SIGTSTP)
    until(CLOSE)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    until(OPEN)
    until("upload")
    process.send_signal(signal.SIGINT)
    until(CLOSE)
    assert process.wait(30) == 0
    os.close(ours)
