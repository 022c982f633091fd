from __future__ import annotations

import io
import re
import threading

import pytest
from rich.console import Console as Terminal

from batchff.console.live import LiveConsole
from batchff.console.reporter import CommandResult
from batchff.console.text import Level
from batchff.errors import BatchffError
from batchff.events import Notice, Warned
from batchff.events.download import DownloadStarted, FileDownloaded
from batchff.events.ffmpeg import FfmpegBytes, FfmpegSending, FfmpegSent
from batchff.events.jobs import CountsChanged, TaskProgressed, TaskSucceeded
from batchff.events.pools import PoolReady
from batchff.events.upload import BytesUploaded, FileUploaded, Planned, UploadStarted
from batchff.results.upload import Upload
from tests.console.story import STORY

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """A terminal of 80 columns that keeps all that was drawn on it."""

    def __init__(self, *, colour: bool = False) -> None:
        self.terminal = Terminal(
            file=io.StringIO(),
            force_terminal=True,
            width=80,
            height=25,
            color_system="standard" if colour else None,
            highlight=False,
        )

    def drawn(self) -> str:
        assert isinstance(self.terminal.file, io.StringIO)
        return self.terminal.file.getvalue()

    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.drawn())


@pytest.fixture
def screen() -> Screen:
    return Screen()


def is_at_rest() -> bool:
    """Whether nothing draws any more; rich's own thread may have a last moment."""
    threads = [thread for thread in threading.enumerate() if "_RefreshThread" in repr(thread)]
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


def test_a_whole_job_is_shown_and_leaves_the_terminal_as_it_was(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    for event in STORY:
        console.report(event)
    console.close()
    assert "pool batchff-1 made\n" in screen.text()
    assert "failed: notes.mp4: ffmpeg failed on this input" in screen.text()
    assert screen.drawn().count(HIDE_CURSOR) == screen.drawn().count(SHOW_CURSOR) == 1
    assert is_at_rest()


def test_bars_show_bytes_counts_and_the_files_being_encoded(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    for event in (
        UploadStarted(2, 3 * 1024**2),
        BytesUploaded(1024**2),
        FileUploaded("b.mp4", "videos/b.mp4", 1024**2, True),
        CountsChanged("job", 1, 1, 1, 1, files_encoded=1, files_failed=1, files=4),
        TaskProgressed("city", "a/city.mp4", 0.25, 120.0, 4.0),
    ):
        console.report(event)
    console.close()
    last = screen.text().rpartition("upload")
    shown = re.sub(r"[ ━╸╺\r]+", " ", last[1] + last[2])
    assert re.search(r"upload 2.0 MiB of 3.0 MiB", shown)
    assert "encode 2 of 4 files, 1 failed" in shown
    assert "a/city.mp4 25% 4.0x" in shown


@pytest.mark.parametrize(
    ("batchff", "bar"), [(True, "encode 1 of 3 files, 1 failed"), (False, "run 4 of 6 tasks, 1")]
)
def test_a_bar_moves_by_tasks_and_counts_files_where_batchff_made_them(
    screen: Screen, batchff: bool, bar: str
) -> None:
    """Two presets: six tasks of three files. The one that failed still has a task to run."""
    console = LiveConsole(Level.NORMAL, screen.terminal)
    counts = CountsChanged("job", 2, 0, 3, 1, batchff, files_encoded=0, files_failed=1, files=3)
    console.report(counts)
    console.close()
    shown = screen.text().rpartition("encode" if batchff else "run")
    text = shown[1] + shown[2]
    assert bar in re.sub(r"[ ━╸╺\r]+", " ", text)
    assert text.count("━") == round(24 * 4 / 6), "by tasks"


def test_a_download_under_way_counts_outputs(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(DownloadStarted(6, None))
    console.report(FileDownloaded("a/hls", "out/a/hls", 1024, False))
    console.close()
    assert "1 of 6 outputs" in screen.text()


def test_the_nodes_ffmpeg_has_a_bar_while_it_moves(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(FfmpegSending("9.0.2", "programs"))
    console.report(FfmpegBytes(1024**2, 4 * 1024**2))
    console.close()
    assert re.search(r"ffmpeg[ ━╸╺\r]+1.0 MiB of 4.0 MiB", screen.text())


def test_the_nodes_ffmpeg_has_no_bar_once_it_is_sent(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(FfmpegSending("9.0.2", "programs"))
    console.report(FfmpegBytes(1024**2, 4 * 1024**2))
    console.report(FfmpegSent("9.0.2", "programs", "ffmpeg.gz", 4 * 1024**2))
    before = len(screen.text())
    console.report(UploadStarted(1, 1024))
    console.close()
    assert "upload" in screen.text()[before:]
    assert "of 4.0 MiB" not in screen.text()[before:]


def test_what_has_ended_isnt_shown_any_more(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(CountsChanged("job", active=0, running=2, succeeded=0, failed=0))
    console.report(TaskProgressed("city", "city.mp4", 0.5, None, None))
    console.report(TaskSucceeded("city", "city.mp4"))
    before = len(screen.text())
    console.report(CountsChanged("job", active=0, running=1, succeeded=1, failed=0))
    console.close()
    assert "city.mp4" in screen.text()[:before]
    assert "city.mp4" not in screen.text()[before:]


def test_without_bars_the_counts_are_lines(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(Planned(1, 1024, {}))
    console.close()
    assert screen.drawn() == "1 file, 1.0 KiB\n"


def test_quiet_shows_only_what_went_wrong(screen: Screen) -> None:
    console = LiveConsole(Level.IMPORTANT, screen.terminal)
    console.report(PoolReady("batchff-1", True))
    console.report(Warned("no nodes"))
    console.close()
    assert screen.drawn() == "warning: no nodes\n"


def test_an_error_ends_the_display_and_stands_below_it(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(UploadStarted(1, 1024))
    console.fail(BatchffError("it's gone", hint="make it anew"))
    assert screen.text().endswith("error: it's gone (make it anew)\n")
    assert screen.drawn().index(SHOW_CURSOR) < screen.drawn().index("error:")
    assert is_at_rest()
    console.close()


def test_a_result_is_printed_on_stdout_after_the_display(
    screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(UploadStarted(1, 1024))
    console.finish(CommandResult(Upload("videos", "in", files=1, bytes=1024), text="videos"))
    assert capsys.readouterr().out == "videos\n"
    assert SHOW_CURSOR in screen.drawn()
    assert is_at_rest()


def test_names_are_shown_to_the_letter_and_never_as_markup(screen: Screen) -> None:
    console = LiveConsole(Level.DETAIL, screen.terminal)
    console.report(UploadStarted(1, 1024))
    console.report(FileUploaded("[red]a[/] :smile: {b}.mp4", "b", 1024, False))
    console.report(TaskProgressed("t", "[bold]{c}[/].mp4", None, None, None))
    console.close()
    assert "uploaded: [red]a[/] :smile: {b}.mp4\n" in screen.text()
    assert "[bold]{c}[/].mp4" in screen.text()


def test_names_cant_move_the_cursor(screen: Screen) -> None:
    console = LiveConsole(Level.DETAIL, screen.terminal)
    console.report(UploadStarted(1, 1024))
    console.report(FileUploaded("\x1b[2Jgone.mp4", "b", 1024, False))
    console.report(TaskProgressed("t", "\x1b]0;title\x07.mp4", None, None, None))
    console.close()
    assert "\x1b[2J" not in screen.drawn()
    assert "\x1b]0;" not in screen.drawn()
    assert "uploaded: \\x1b[2Jgone.mp4" in screen.text()


def test_a_long_line_isnt_broken(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(Notice("x" * 200))
    console.close()
    assert screen.drawn() == "x" * 200 + "\n"


def test_a_long_name_keeps_its_end(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(CountsChanged("job", active=0, running=1, succeeded=0, failed=0))
    console.report(TaskProgressed("t", "x" * 100 + "/the end.mp4", 0.5, None, None))
    console.close()
    assert "  …" + "x" * 19 + "/the end.mp4" in screen.text()


def test_events_may_come_from_many_threads(screen: Screen) -> None:
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.report(UploadStarted(4, 400))

    def send(name: str) -> None:
        for _ in range(100):
            console.report(BytesUploaded(1))
        console.report(Warned(name))

    threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    console.close()
    assert "400 bytes of 400 bytes" in screen.text()
    for name in "abcd":
        assert f"warning: {name}\n" in screen.text()


@pytest.mark.parametrize(("no_color", "colours"), [(None, True), ("1", False)])
def test_no_color_is_honoured(
    no_color: str | None, colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color is None:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", no_color)
    screen = Screen(colour=True)
    console = LiveConsole(Level.NORMAL, screen.terminal)
    console.fail(BatchffError("it's gone"))
    assert ("\x1b[31m" in screen.drawn()) is colours
