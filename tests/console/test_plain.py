from __future__ import annotations

import io
import threading

import pytest

from batchff.console.plain import PlainConsole
from batchff.console.reporter import CommandResult
from batchff.console.words.text import Level
from batchff.errors import BatchffError
from batchff.events import Event, Notice
from batchff.events.download import DownloadEnded
from batchff.events.jobs import CountsChanged, TaskProgressed, WorkPlanned
from batchff.events.logs import LogLine
from batchff.model.jobs import TaskWork
from batchff.results.logs import TaskLog
from batchff.results.upload import Upload
from tests.console.story import STORY


def told(least: Level, *happened: Event, clock: tuple[float, ...] = ()) -> str:
    """What a plain console prints of these events; each look at the clock takes the next time."""
    times = iter(clock)
    stream = io.StringIO()
    console = PlainConsole(least, stream, clock=lambda: next(times, 1000.0))
    for event in happened:
        console.report(event)
    console.close()
    return stream.getvalue()


def test_a_job_is_told_in_a_few_lines() -> None:
    assert (
        told(Level.NORMAL, *STORY)
        == """\
no account is set up: using the emulator on this machine
3 files, 4.8 MiB; left out: 1 hidden, 2 not media
2 files inspected, something is wrong with 1
not in the outputs: chapters: a/city.mp4
a/city.mp4 is encoded in 12 chunks
harbour.MOV is encoded whole: an AVI can't be cut exactly
fetching ffmpeg 9.0.2 for the nodes from https://pypi.org, once: 64.8 MiB
sending ffmpeg 9.0.2 for the nodes to container batchff-ffmpeg, once
ffmpeg 9.0.2 sent: 64.8 MiB
pool batchff-1 made
2 files uploaded, 1 unchanged
2 files carried along
35 of 40 files were done before
job videos-mp3 made
3 tasks added
warning: pool 'batchff-1': nodes can't be had: AllocationFailed
3 tasks waiting
nodes: 1 idle, 1 starttaskfailed
failed: node node-2: exit code 100
    E: no such mirror
salvaged: harbour.MOV: 1.2 of 4.0 s: the source is cut off
failed: empty.mp4: it's empty (0 bytes)
failed: notes.mp4: ffmpeg failed on this input: [mov] moov atom not found
failed: a.mov (mp3): ffmpeg refuses its arguments: Unknown encoder 'libmp3'
failed: b.mov (mp3): ffmpeg refuses its arguments: Unknown encoder 'libmp3'
stopped: job videos-mp3: preset mp3: 5 files failed as a.mov did, and the others would too
unreachable: 2 tasks wait for one that failed: join.mp4, b/join.mp4
2 files encoded, 1 failed
1 output downloaded, 1 unchanged
removed: pool batchff-1
kept: job videos-mp3: it was made again by somebody since it was listed
"""
    )


def test_verbose_tells_of_every_file_and_node() -> None:
    assert (
        told(Level.DETAIL, *STORY)
        == """\
no account is set up: using the emulator on this machine
encode the failed files again with: batchff job retry videos-mp3
3 files, 4.8 MiB; left out: 1 hidden, 2 not media
inspected: a/city.mp4
inspected: notes.mp4: 1.2 of 4.0 s: the file is cut off
2 files inspected, something is wrong with 1
a/city.mp4: the dialogue of 2 tracks: stream 1 eng
not in the outputs: chapters: a/city.mp4
a/city.mp4 is encoded in 12 chunks
harbour.MOV is encoded whole: an AVI can't be cut exactly
fetching ffmpeg 9.0.2 for the nodes from https://pypi.org, once: 64.8 MiB
sending ffmpeg 9.0.2 for the nodes to container batchff-ffmpeg, once
ffmpeg 9.0.2 sent: 64.8 MiB
pool batchff-1 made
uploaded: a/city.mp4
unchanged: harbour.MOV
uploaded: notes.mp4
2 files uploaded, 1 unchanged
2 files carried along
35 of 40 files were done before
job videos-mp3 made
3 tasks added
warning: pool 'batchff-1': nodes can't be had: AllocationFailed
3 tasks waiting
node node-1: idle
nodes: 1 idle, 1 starttaskfailed
failed: node node-2: exit code 100
    E: no such mirror
encoded: a/city.mp4
salvaged: harbour.MOV: 1.2 of 4.0 s: the source is cut off
failed: empty.mp4: it's empty (0 bytes)
failed: notes.mp4: ffmpeg failed on this input
    [mov] moov atom not found
    notes.mp4: Invalid data found
failed: a.mov (mp3): ffmpeg refuses its arguments
    Unknown encoder 'libmp3'
failed: b.mov (mp3): ffmpeg refuses its arguments
failed: b.mov (mp3): ffmpeg refuses its arguments
    Unknown encoder 'libmp3'
stopped: job videos-mp3: preset mp3: 5 files failed as a.mov did, and the others would too
unreachable: 2 tasks wait for one that failed: join.mp4, b/join.mp4
2 files encoded, 1 failed
downloaded: out/a/city.mp3
unchanged: out/harbour.mp3
1 output downloaded, 1 unchanged
removed: pool batchff-1
kept: job videos-mp3: it was made again by somebody since it was listed
"""
    )


def test_quiet_tells_only_what_went_wrong() -> None:
    assert (
        told(Level.IMPORTANT, *STORY)
        == """\
warning: pool 'batchff-1': nodes can't be had: AllocationFailed
failed: node node-2: exit code 100
    E: no such mirror
salvaged: harbour.MOV: 1.2 of 4.0 s: the source is cut off
failed: empty.mp4: it's empty (0 bytes)
failed: notes.mp4: ffmpeg failed on this input
    [mov] moov atom not found
    notes.mp4: Invalid data found
failed: a.mov (mp3): ffmpeg refuses its arguments
    Unknown encoder 'libmp3'
failed: b.mov (mp3): ffmpeg refuses its arguments
    Unknown encoder 'libmp3'
stopped: job videos-mp3: preset mp3: 5 files failed as a.mov did, and the others would too
unreachable: 2 tasks wait for one that failed: join.mp4, b/join.mp4
kept: job videos-mp3: it was made again by somebody since it was listed
"""
    )


def test_counts_are_told_every_ten_seconds_and_at_the_end() -> None:
    def counts(succeeded: int, active: int = 1) -> CountsChanged:
        return CountsChanged("job", active, 0, succeeded, 0, files_encoded=succeeded)

    lines = told(
        Level.NORMAL,
        *(counts(number) for number in range(1, 5)),
        counts(5, active=0),
        clock=(0.0, 9.9, 10.0, 19.9, 20.0),
    )
    assert lines.splitlines() == [
        "1 file encoded, 1 task waiting",
        "3 files encoded, 1 task waiting",
        "5 files encoded",
    ]


def test_how_far_a_long_task_is_is_told_every_ten_seconds() -> None:
    now = [0.0]
    stream = io.StringIO()
    console = PlainConsole(Level.NORMAL, stream, clock=lambda: now[0])
    work = {"t": TaskWork("a.mov", 100.0, 1000)}
    console.report(WorkPlanned("job", "films", "h264", 1, 1000, work))
    assert console.follows_progress
    console.report(CountsChanged("job", 0, 1, 0, 0, files=1))
    assert not console.follows_progress, "the whole was just told"
    for second, fraction in ((5, 0.1), (11, 0.3), (15, 0.4), (22, 0.6)):
        now[0] = float(second)
        assert console.follows_progress == (second in (11, 22))
        console.report(TaskProgressed("t", "a.mov", fraction, 25.0, 3.0, "n1"))
    lines = stream.getvalue().splitlines()
    assert [line.partition(" (")[0] for line in lines] == ["1 task running"] * 3
    assert "(30 %" in lines[1] and "ETA" in lines[2]


def test_a_transfer_of_nothing_is_told_too() -> None:
    assert told(Level.NORMAL, DownloadEnded(0, 0)) == "0 outputs downloaded\n"


def test_a_result_goes_to_stdout_and_an_error_to_the_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    console = PlainConsole(Level.NORMAL, stream)
    console.finish(CommandResult(Upload("videos", "in", files=1, bytes=5), text="videos"))
    console.finish(CommandResult(TaskLog("videos-mp3", "a-1f0c", lines=3)))
    console.fail(BatchffError("it's gone", hint="make it anew"))
    assert capsys.readouterr().out == "videos\n"
    assert stream.getvalue() == "error: it's gone (make it anew)\n"


def test_lines_of_many_threads_stay_whole() -> None:
    stream = io.StringIO()
    console = PlainConsole(Level.NORMAL, stream)

    def tell(name: str) -> None:
        for _ in range(200):
            console.report(Notice(name * 40))

    threads = [threading.Thread(target=tell, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    assert set(lines) == {name * 40 for name in "abcd"}


def test_a_log_goes_to_stdout_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    log = [event for event in STORY if event.kind.startswith("log.")]
    coloured = LogLine("t", "t", "\x1b[31mred\x1b[0m of https://a/b?sig=secret")

    assert told(Level.IMPORTANT, *log, coloured) == ""

    assert capsys.readouterr().out == (
        "==> notes.mp4: ffmpeg failed on this input\n"
        "[mov] moov atom not found\n"
        "\x1b[31mred\x1b[0m of https://a/b?sig=REDACTED\n"
    )
