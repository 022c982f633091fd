from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.lines import describe, requested
from batchff.console.words.text import Level
from batchff.events import Event
from batchff.events.doctor import Checked
from batchff.events.jobs import (
    CountsChanged,
    FailedAlike,
    TaskFailed,
    TaskSucceeded,
    TasksUnreachable,
)
from batchff.events.logs import LogLine
from tests.console.story import ALIKE, FAILURE, KINDS, STORY, with_name


def test_the_story_holds_every_kind_of_event() -> None:
    assert {type(event) for event in STORY} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_no_event_lets_a_name_through_raw(kind: type[Event]) -> None:
    described = describe(with_name(kind, "\x1b[31m\nred\x07"))
    if described is not None:
        assert all(line.isprintable() for line in described[1].split("\n"))
        assert "\x1b" not in described[1]
        assert "\nred" not in described[1]


@given(st.text())
def test_whatever_a_log_holds_a_terminal_is_safe_from_it(line: str) -> None:
    shown = requested(LogLine("t", "t", line), on_terminal=True)
    assert shown is not None
    assert not [each for each in shown if each in "\x1b\r\n\x9b" or each < "\t"]


def test_a_log_loses_its_colours_on_a_terminal_and_keeps_its_tabs() -> None:
    line = LogLine("t", "t", "\x1b[1;31mError\x1b[0m\tat\x07 frame 7")
    assert requested(line, on_terminal=True) == "Error\tat frame 7"
    assert requested(line, on_terminal=False) == line.line


def test_only_a_log_and_checks_are_asked_for_on_stdout() -> None:
    asked_for = [event for event in STORY if requested(event, on_terminal=True) is not None]
    assert {event.kind for event in asked_for} == {"log.started", "log.line", "check"}


def test_a_check_stands_in_columns_with_what_to_do_below() -> None:
    checks = [event for event in STORY if isinstance(event, Checked)]
    assert [requested(check, on_terminal=False) for check in checks] == [
        "ok       clock              as the services' own, within 5 minutes",
        "failure  container: input   'A' can't be a name\n"
        "                            → take small letters",
    ]


def test_many_unreachable_tasks_are_counted_and_a_few_named() -> None:
    described = describe(TasksUnreachable("job", 40, tuple("abcdefgh")))
    assert described == (
        Level.IMPORTANT,
        "unreachable: 40 tasks wait for one that failed: a, b, c, d, e and 35 more",
    )


@pytest.mark.parametrize(
    ("batchff", "counted", "word"),
    [(True, "1 file encoded", "encoded"), (False, "2 tasks succeeded", "succeeded")],
)
def test_only_batchffs_own_tasks_encode(batchff: bool, counted: str, word: str) -> None:
    counts = CountsChanged("job", 0, 0, 2, 0, batchff, files_encoded=1)
    ended = TaskSucceeded("t", "a.mp4", batchff)
    assert describe(counts) == (Level.NORMAL, counted)
    assert describe(ended) == (Level.DETAIL, f"{word}: a.mp4")


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        (CountsChanged("job", 6, 0, 0, 0, files=3), "6 tasks waiting"),
        (CountsChanged("job", 2, 2, 1, 0, files=3), "2 tasks running, 2 waiting"),
        (
            CountsChanged("job", 1, 1, 3, 1, files_encoded=1, files_failed=1, files=3),
            "1 file encoded, 1 failed, 1 task running, 1 waiting",
        ),
        (CountsChanged("job", 0, 1, 4, 2, False), "4 tasks succeeded, 2 failed, 1 running"),
        (CountsChanged("job", 0, 0, 0, 0), "no tasks yet"),
    ],
)
def test_three_files_with_two_presets_are_six_tasks(counts: CountsChanged, line: str) -> None:
    assert describe(counts) == (Level.NORMAL, line)


def test_only_what_went_wrong_is_important() -> None:
    described = [describe(event) for event in STORY]
    important = [line for line in described if line is not None and line[0] is Level.IMPORTANT]
    assert [line.partition(":")[0] for _, line in important] == [
        "warning",
        "failed",
        "salvaged",
        "failed",
        "failed",
        "failed",
        "failed",
        "stopped",
        "unreachable",
        "kept",
    ]


def test_what_failed_alike_is_told_once_for_all_files() -> None:
    same = replace(ALIKE, preset="", tasks=1200, looked_at=50, stopped=False)
    assert describe(FailedAlike("tour", same)) == (
        Level.IMPORTANT,
        "failed alike: 1,200 files failed as a.mov did (by the words of 50), and none was encoded",
    )
    assert describe(FailedAlike("tour", replace(same, tasks=5, looked_at=5, stopped=True))) == (
        Level.IMPORTANT,
        "stopped: job tour: 5 files failed as a.mov did, and the others would too",
    )


def test_a_failure_that_is_like_others_is_a_detail_without_their_words() -> None:
    assert describe(TaskFailed(FAILURE, is_like_others=True)) == (
        Level.DETAIL,
        "failed: notes.mp4: ffmpeg failed on this input",
    )
