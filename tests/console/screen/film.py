"""A job of forty files as its events come, second by second, and a terminal to show it on."""

from __future__ import annotations

from collections.abc import Iterator

import pyte

from batchff.console.screen.changes import advance
from batchff.console.screen.pace import tick
from batchff.console.screen.state import ScreenState
from batchff.events import Event, Notice, Warned
from batchff.events.download import BytesDownloaded, DownloadEnded, DownloadStarted, FileDownloaded
from batchff.events.jobs import (
    CountsChanged,
    FileNotEncoded,
    JobCreated,
    TaskEnded,
    TaskFailed,
    TaskProgressed,
    TaskRequeued,
    TaskStarted,
    WorkPlanned,
)
from batchff.events.pools import NodeChanged, NodeLeft, NodeTerms, PoolReady
from batchff.events.upload import BytesUploaded, Planned, UploadEnded, UploadStarted
from batchff.model.jobs import FailedTask, TaskWork

WIDE = "映画/とても長い日本語の名前の映画ファイルその一.mkv"
NAMES = (
    WIDE,
    "day1/e\u0301te\u0301-cafe\u0301-a-name-with-marks-on-its-letters-that-is-long.mov",
    "emoji/🎬🎞-the-director's-cut-of-the-very-long-film.mp4",
    "evil/\x1b[2J\x1b]0;title\x07.mp4",
    *(f"day{number % 3}/scene-{number:02}-of-a-rather-long-film.mov" for number in range(36)),
)
TASKS = {f"t{number:02}": TaskWork(name, 60.0, 1000) for number, name in enumerate(NAMES)}
NODES = tuple(f"tvm-{number}" for number in range(6))


def film() -> Iterator[tuple[float, Event]]:
    """The events of a job with times: upload, boot, encode, check, failures, download, the end."""
    yield 0.0, Planned(40, 40_000, {})
    yield 0.0, WorkPlanned("videos-b7207", "videos", "h264", 40, 40_000, TASKS, 40)
    yield 0.0, NodeTerms("Standard_D4s_v5", 2, False, 0.2, 0.05, "EUR")
    yield 0.5, PoolReady("videos-b7207", True)
    yield 0.6, JobCreated("videos-b7207", "videos-b7207", True)
    yield 1.0, UploadStarted(40, 40_000)
    yield 1.0, DownloadStarted(40, None)
    for number, node in enumerate(NODES):
        yield 1.0, NodeChanged("p", node, "starting", number > 3)
    for second in range(2, 12):
        yield float(second), BytesUploaded(4_000)
    yield 12.0, UploadEnded(40, 0)
    yield 12.0, CountsChanged("videos-b7207", 40, 0, 0, 0, files=40)
    yield 13.0, Notice("a word in passing")
    for node in NODES:
        yield 60.0, NodeChanged("p", node, "running")
    yield from _encoded()
    yield 400.0, DownloadEnded(36, 0)


def _encoded() -> Iterator[tuple[float, Event]]:
    tasks, now, done, failed = list(TASKS), 60.0, 0, 0
    for begin in range(0, 40, 8):
        group = tasks[begin : begin + 8]
        left = 40 - begin
        yield (
            now,
            CountsChanged("videos-b7207", left - 8, 8, done, failed, files_encoded=done, files=40),
        )
        for place, task in enumerate(group):
            yield now, TaskStarted(task, TASKS[task].file, NODES[place % 5], None)
        for step in range(1, 6):
            now += 5
            for place, task in enumerate(group):
                is_checking = step == 5
                fraction = 1.0 if is_checking else step * 0.2 + place * 0.01
                yield (
                    now,
                    TaskProgressed(
                        task,
                        TASKS[task].file,
                        fraction,
                        50.0 + place,
                        2.0 + place / 10,
                        NODES[place % 5],
                        is_checking,
                    ),
                )
        if begin == 8:
            yield now, NodeChanged("p", NODES[5], "preempted", True)
            yield now, TaskRequeued(group[0])
            yield now, TaskStarted(group[0], TASKS[group[0]].file, NODES[1], None)
            yield now, Warned("pool 'p': nodes can't be had: AllocationFailed")
        for task in group[:-1]:
            done += 1
            yield now, TaskEnded(task, True, 25.0)
            yield now, BytesDownloaded(500)
            yield now, FileDownloaded(task, task, 500, False)
        failed = begin // 8 + 1
        yield now, TaskEnded(group[-1], False, 20.0)
        reason = "cut off: no moov atom; the file is incomplete"
        yield now, TaskFailed(FailedTask(group[-1], TASKS[group[-1]].file, reason, 12, ()))
        yield now, FileNotEncoded(f"bad/{begin}.mp4", "it's empty (0 bytes)")
        yield (
            now,
            CountsChanged(
                "videos-b7207", 32 - begin, 0, done, failed, files_encoded=done, files=40
            ),
        )
    yield now, NodeLeft("p", NODES[0])


def states() -> Iterator[tuple[float, ScreenState]]:
    """The state after each event."""
    state = ScreenState(0.0)
    for now, event in film():
        state = tick(advance(state, event, now), now)
        yield now, state


class WrappingScreen(pyte.Screen):
    """A terminal that always wraps, whatever it's asked: a line that is too long shows."""

    def reset_mode(self, *modes: int, **kwargs: object) -> None:
        kept = [mode for mode in modes if mode != 7]
        super().reset_mode(*kept, **kwargs)


class Terminal:
    """What a person sees of what is written to it."""

    encoding = "utf-8"

    def __init__(self, width: int, height: int) -> None:
        self.screen = WrappingScreen(width, height)
        self._stream = pyte.Stream(self.screen)
        self.written = ""

    def write(self, text: str) -> int:
        self.written += text
        self._stream.feed(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        raise OSError

    def isatty(self) -> bool:
        return True

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.screen.display]

    @property
    def size(self) -> tuple[int, int]:
        return self.screen.columns, self.screen.lines

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(height, width)
