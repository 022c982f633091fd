from __future__ import annotations

import io

from batchff.console.plain import PlainConsole
from batchff.console.tally import Tally
from batchff.console.words.text import Level
from batchff.events.download import BytesDownloaded, DownloadStarted
from tests.pipeline.recorder import Recorder


def test_events_are_counted_and_handed_on() -> None:
    recorder = Recorder()
    times = iter([0.0, 1.0, 2.0, 9.0])
    tally = Tally(recorder, clock=lambda: next(times))
    events = [DownloadStarted(1, 10), BytesDownloaded(5)]
    for event in events:
        tally.report(event)
    assert recorder.events == events
    assert tally.state.download is not None
    assert tally.state.download.bytes == 5
    assert tally.now == 9.0
    assert tally.follows_progress


def test_what_counts_by_itself_isnt_counted_twice() -> None:
    console = PlainConsole(Level.IMPORTANT, io.StringIO())
    tally = Tally(console)
    tally.report(DownloadStarted(1, 10))
    assert tally.state is console.state
    assert console.state.download is not None
