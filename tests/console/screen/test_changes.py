from __future__ import annotations

import pytest

from batchff.console.screen.changes import advance
from batchff.console.screen.state import Reason, ScreenState
from batchff.events import Event, Notice
from batchff.events.jobs import (
    CountsChanged,
    FileNotEncoded,
    TaskFailed,
)
from batchff.events.upload import BytesUploaded, FileUploaded, UploadEnded, UploadStarted
from tests.console.screen.film import film
from tests.console.story import FAILURE, KINDS, REFUSED, with_name


def after(*events: Event) -> ScreenState:
    state = ScreenState(0.0)
    for now, event in enumerate(events):
        state = advance(state, event, float(now))
    return state


@pytest.mark.parametrize("kind", KINDS)
def test_any_event_may_come_first(kind: type[Event]) -> None:
    assert isinstance(after(with_name(kind, "a")), ScreenState)


def test_the_end_of_a_job() -> None:
    state = ScreenState(0.0)
    for now, event in film():
        state = advance(state, event, now)
    assert state.running == {}
    assert (state.work.ended_tasks, state.work.ended) == (40, 40 * 60.0)
    assert state.encode_ended is not None
    assert state.failed == 10
    assert state.pool.preemptions == 1
    assert len(state.pool.nodes) == 5
    assert state.pool.boots == (59.0,) * 6
    assert set(state.reasons) == {
        "cut off: no moov atom; the file is incomplete",
        "it's empty (0 bytes)",
    }


def test_bytes_that_needed_no_transfer_are_no_speed() -> None:
    state = after(
        UploadStarted(2, 300),
        BytesUploaded(100),
        FileUploaded("a", "a", 100, False),
        FileUploaded("b", "b", 200, True),
        UploadEnded(2, 1),
    )
    upload = state.upload
    assert upload is not None
    assert (upload.bytes, upload.moved, upload.files_done, upload.fraction) == (300, 100, 2, 1.0)


def test_failures_are_in_words_and_counted_by_reason() -> None:
    state = after(
        TaskFailed(REFUSED),
        TaskFailed(FAILURE),
        *(FileNotEncoded(f"{number}.mov", f"{number}.2 of 4.0 s: cut off") for number in range(5)),
    )
    assert state.failed == 7
    assert state.failures[0].reason == "ffmpeg refuses its arguments: Unknown encoder 'libmp3'"
    reasons = list(state.reasons.values())
    assert reasons[-1] == Reason("0.2 of 4.0 s: cut off", 5, ("0.mov", "1.mov", "2.mov"))


def test_a_job_that_gets_more_tasks_goes_on() -> None:
    state = after(CountsChanged("j", 0, 0, 1, 0))
    assert state.encode_ended is not None
    assert advance(state, CountsChanged("j", 1, 0, 1, 0), 5.0).encode_ended is None


def test_the_latest_word_is_kept() -> None:
    assert after(Notice("a"), Notice("b")).note == "b"
