from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.console.report import words
from batchff.model.report import FileState, Part
from tests.histories import FILES, NODES, at, encoded, failed, history, running


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0, "0.0 s"), (9.94, "9.9 s"), (9.96, "0:10"), (761, "12:41"), (3725, "1:02:05")],
)
def test_times_are_told_as_on_a_clock(seconds: float | None, said: str) -> None:
    assert words.clock(seconds) == said


def test_speeds_money_and_sizes_have_as_many_digits_as_say_something() -> None:
    assert [words.speed(each) for each in (None, 0.123, 3.14, 250)] == [
        "–",
        "0.12×",
        "3.1×",
        "250×",
    ]
    assert words.money(None, "EUR") == "–"
    assert words.money(1234.5, "EUR") == "1,234.50 EUR"
    assert words.money(0.012, "") == "0.0120"
    assert words.change(1024, 2048) == "1.0 → 2.0 KiB"
    assert words.change(1024, None) == "1.0 KiB → –"
    assert words.change(10, 2048) == "10 bytes → 2.0 KiB"
    assert words.node_time(30) == "0:30 of node time"
    assert words.node_time(7200) == "2.00 node-hours"


def test_stages_that_overlapped_are_told_by_what_that_saved() -> None:
    known = history()
    assert words.overlap(known) == (
        "One after the other, the stages would take 1:50; together they took 1:30."
    )
    apart = replace(known, saved_seconds=0.0)
    assert words.overlap(apart) == "The stages ran one after the other, in 1:50."
    assert words.overlap(replace(known, stages=known.stages[:1])) == ""


def test_failures_are_grouped_by_reason_whatever_was_measured_and_by_what_to_do() -> None:
    bad = [each for each in FILES if each.has_failed]
    assert words.reasons(bad) == (
        ("the file is cut off", 2),
        ("ffmpeg failed on this input", 1),
        ("it's a text", 1),
    )
    groups = [(advice, [each.file for each in files]) for advice, files in words.by_advice(bad)]
    assert groups == [
        ("repair the file", ["b <i>.mp4", "c.mp4", "d.mp4"]),
        ("replace it", ["e.txt"]),
    ]


def test_what_is_told_of_a_file_is_said_once_beside_it() -> None:
    plain = encoded("a.mov")
    again = replace(plain.tasks[0], attempts=3)
    file = replace(plain, told=("late",), lacks=("1 cover left out",), is_salvaged=True)
    file = replace(file, tasks=(again,))
    assert words.remarks(file) == ("salvaged", "late", "1 cover left out", "tried 2 times more")
    assert words.remarks(plain) == ()


def test_a_file_that_is_partly_encoded_failed_and_is_with_the_others_too() -> None:
    partly = replace(encoded("a.mov"), state=FileState.PARTLY, reason="speech: no audio in it")
    known = history((partly, failed("b.mov"), encoded("c.mov")))
    assert [each.file for each in known.failed_files] == ["a.mov", "b.mov"]
    assert [each.file for each in words.others(known)] == ["a.mov", "c.mov"]
    assert words.others_title(words.others(known)) == "Encoded"
    assert words.failed_title(known.failed_files) == "Failed, or made in part"
    assert words.failed_title(known.failed_files[:1]) == "Made in part"
    assert words.failed_title(known.failed_files[1:]) == "Failed"
    waiting = running().history.files[-1]
    assert words.others_title((*known.files, waiting)) == "Encoded, or not ended"
    assert words.others_title((waiting,)) == "Not ended"


def test_what_was_made_in_part_is_in_the_figures() -> None:
    partly = replace(encoded("a.mov"), state=FileState.PARTLY)
    known = history((partly, failed("b.mov"), encoded("c.mov"), encoded("d.mov")))
    rows = words.figures(known)
    assert rows[0] == ("Files encoded", "3 of 4", "1 of them in part, 1 failed")
    assert rows[2] == ("Size", "2.9 → 1.5 KiB", "50 % of the size")
    assert words.figures(history((partly,)))[0][2] == "1 of them in part, none failed"
    assert rows[3][2] == "of real time; 2:00 of media"
    two = words.figures(replace(known, preset="h264+mp3"))
    assert two[3][2] == "of real time; 2:00 of media, counted for each preset"


def test_nodes_have_short_names() -> None:
    names = words.node_names(NODES)
    assert names == {"n_d": "n1", "n_p": "n2"}
    assert words.nodes_of(FILES[0], names) == "n1"
    assert words.nodes_of(FILES[-1], names) == "–"


def test_a_node_that_is_away_is_told_so() -> None:
    assert [words.kind_of(each) for each in NODES] == [(), ("Spot",)]
    away = replace(NODES[1], preempted=at(85))
    assert words.kind_of(away) == ("Spot", "preempted at 12:01:25")


def test_the_stages_of_a_retry_are_told_from_those_of_the_job() -> None:
    known = history()
    stage = known.stages[1]
    assert words.stage_name(stage, known) == "Encode"
    assert words.stage_name(replace(stage, job="job-retry"), known) == "Encode again"
    assert words.stage_of(stage) == "5 files, 1.5 KiB"
    boots = replace(known.stages[0], count=2, parts=(Part(at(0), at(3)), Part(at(40), at(50))))
    assert words.stage_of(boots) == "2 nodes, with pauses between"
    assert boots.seconds == 13.0


def test_where_a_job_is() -> None:
    assert words.state_line(running().history) == (
        "It hasn't ended: this is how it was after 1:02:05 in all, without the time between it and "
        "its retries."
    )
    assert words.state_line(replace(running().history, retries=())) == (
        "It hasn't ended: this is how it was 1:02:05 after it began."
    )
    assert words.state_line(replace(history(), retries=())) == (
        "It ended at 2026-11-22 12:02:00Z, after 1:02:05: all its tasks have ended."
    )
    assert words.state_line(history()) == (
        "It ended at 2026-11-22 12:02:00Z, after 1:02:05 in all, without the time between it and "
        "its retries: all its tasks have ended."
    )
    assert words.moment(at(1)) == "2026-11-22 12:00:01Z"
    assert words.heading(replace(history(), preset="h264+mp3")) == "footage → h264 + mp3"
