from __future__ import annotations

import re
import threading

import pytest

from batchff.console.live import LiveConsole
from batchff.console.reporter import CommandResult
from batchff.console.words.text import Level
from batchff.errors import BatchffError, InterruptedByUser
from batchff.events import Notice, Warned
from batchff.events.inspect import InspectEnded, InspectStarted
from batchff.events.jobs import FileNotEncoded
from batchff.events.logs import LogLine
from batchff.events.pools import PoolReady
from batchff.events.upload import BytesUploaded, FileUploaded, UploadStarted
from batchff.results.upload import Upload
from tests.console.screen.film import Terminal, film
from tests.console.story import STORY

OPEN, CLOSE = "\x1b[?1049h", "\x1b[?1049l"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(80, 24)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def console(terminal: Terminal, clock: Clock) -> LiveConsole:
    return LiveConsole(
        Level.NORMAL,
        terminal,  # type: ignore[arg-type]
        size=lambda: terminal.size,
        clock=clock,
        draws_itself=False,
    )


def lines_of(terminal: Terminal) -> list[str]:
    """What was written but for the screen."""
    text = re.sub(f"{re.escape(OPEN)}.*?{re.escape(CLOSE)}", "", terminal.written, flags=re.DOTALL)
    return re.sub(r"\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[A-Za-z]", "", text).splitlines()


def test_a_whole_job_is_shown_and_leaves_the_terminal_as_it_was(
    console: LiveConsole, terminal: Terminal, clock: Clock
) -> None:
    seen = set()
    for now, event in film():
        clock.now = now
        console.report(event)
        console.draw()
        seen.add(re.sub(r"[^a-z ]", "", terminal.rows[3]).strip())
    assert any("running" in each for each in seen)
    console.finish(CommandResult(Upload("videos", "in", files=1, bytes=1), end=("the end",)))
    assert terminal.written.count(OPEN) == terminal.written.count(CLOSE) == 1
    assert lines_of(terminal)[-2:] == [
        "warning: pool 'p': nodes can't be had: AllocationFailed",
        "the end",
    ]


@pytest.mark.parametrize("size", [(40, 15), (80, 24), (200, 60)])
def test_any_story_can_be_drawn(
    terminal: Terminal, console: LiveConsole, size: tuple[int, int]
) -> None:
    terminal.resize(*size)
    for event in STORY:
        console.report(event)
        console.draw()
    console.close()


def test_what_fails_while_a_screen_is_about_to_open_isnt_said_twice(
    console: LiveConsole, terminal: Terminal
) -> None:
    console.report(UploadStarted(1, 1024))
    console.report(FileNotEncoded("a.mov", "it's empty"))
    console.draw()
    assert "a.mov" in "\n".join(terminal.rows)
    console.finish(CommandResult(Upload("videos", "in", files=1, bytes=1)))
    assert lines_of(terminal) == []


def test_a_short_look_into_files_opens_no_screen(console: LiveConsole, terminal: Terminal) -> None:
    console.report(InspectStarted(2))
    console.report(InspectEnded(2, 0))
    console.draw()
    console.report(PoolReady("p", True))
    assert OPEN not in terminal.written
    assert lines_of(terminal) == ["2 files inspected", "pool p made"]


def test_between_two_stages_there_are_lines_and_then_a_screen_again(
    console: LiveConsole, terminal: Terminal
) -> None:
    console.report(InspectStarted(2))
    console.draw()
    assert "inspect" in terminal.rows[2]
    console.report(InspectEnded(2, 0))
    console.report(Notice("a question follows"))
    console.report(UploadStarted(1, 1024))
    console.draw()
    console.close()
    assert terminal.written.count(OPEN) == 2
    assert lines_of(terminal) == ["2 files inspected", "a question follows"]


def test_an_error_ends_the_screen_and_stands_below_what_failed(
    console: LiveConsole, terminal: Terminal
) -> None:
    for event in STORY:
        console.report(event)
        console.draw()
    console.fail(BatchffError("it's gone", hint="make it anew"))
    lines = lines_of(terminal)
    assert lines[-1] == "error: it's gone (make it anew)"
    assert any(line.startswith("failed: notes.mp4") for line in lines)


def test_an_interruption_is_no_error(console: LiveConsole, terminal: Terminal) -> None:
    console.report(UploadStarted(1, 1024))
    console.draw()
    error = InterruptedByUser("stopped; job j goes on", hint="come back; end it")
    error.summary = ("so far: 3 encoded",)
    console.fail(error)
    assert lines_of(terminal) == [
        "so far: 3 encoded",
        "stopped; job j goes on",
        "  come back",
        "  end it",
    ]


def test_a_result_is_printed_on_stdout_after_the_screen(
    console: LiveConsole, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    console.report(UploadStarted(1, 1024))
    console.draw()
    console.finish(CommandResult(Upload("videos", "in", files=1, bytes=1024), text="videos"))
    assert capsys.readouterr().out == "videos\n"
    assert terminal.written.endswith("\x07") and CLOSE in terminal.written


def test_what_is_for_stdout_isnt_printed_on_the_screen(
    console: LiveConsole, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    console.report(UploadStarted(1, 1024))
    console.draw()
    console.report(LogLine("t", "a.mov", "a line"))
    assert terminal.written.rstrip("\x07").rpartition(CLOSE)[1]
    assert capsys.readouterr().out == "a line\n"


def test_a_screen_that_was_asleep_is_drawn_as_a_whole(
    console: LiveConsole, terminal: Terminal, clock: Clock
) -> None:
    console.report(UploadStarted(1, 1024))
    console.draw()
    clean = terminal.rows[2]
    terminal.write("\x1b[3;1Hsomebody wrote here")
    clock.now = 1.0
    console.draw()
    assert terminal.rows[2] != clean
    clock.now = 60.0
    console.draw()
    assert terminal.rows[2] == clean


def test_names_cant_move_the_cursor(console: LiveConsole, terminal: Terminal) -> None:
    console.report(Warned("\x1b[2Jgone.mp4"))
    console.report(UploadStarted(1, 1024))
    console.report(FileUploaded("\x1b[2Jgone.mp4", "b", 1024, False))
    console.report(Warned("\x1b[31mred\x07"))
    console.draw()
    assert "\\x1b[31mred\\x07" in "\n".join(terminal.rows)
    assert "warning: \\x1b[2Jgone.mp4" in lines_of(terminal)[0]


def test_events_may_come_from_many_threads(console: LiveConsole, terminal: Terminal) -> None:
    console.report(UploadStarted(4, 400))

    def send() -> None:
        for _ in range(100):
            console.report(BytesUploaded(1))
            console.draw()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    console.draw()
    assert "400 of 400 bytes" in "\n".join(terminal.rows)
    console.close()
