from __future__ import annotations

import pytest

from batchff.node.log_tail import last_attempt, last_lines, told_ffmpeg


def test_the_last_words_are_those_of_the_last_attempt() -> None:
    attempt = "[mov] moov atom not found\nInvalid data\nencode.sh: ffmpeg failed on this input\n"
    assert last_lines(attempt * 2) == tuple(attempt.splitlines())


def test_all_lines_of_the_last_attempt_can_be_had() -> None:
    one = "\n".join([*(f"line {number}" for number in range(9)), "  indented", "encode.sh: oh"])
    assert last_attempt(f"{one}\n{one}\n") == tuple(one.splitlines())
    assert last_attempt("") == ()


def test_a_log_begins_with_the_ffmpeg_that_ran() -> None:
    log = "encode.sh: ffmpeg 5.1.6-0+deb12u1 (apt)\nInput #0\nencode.sh: made film.mp4\n"
    assert told_ffmpeg(log) == ("5.1.6-0+deb12u1", "apt")
    assert last_lines(log) == ("Input #0", "encode.sh: made film.mp4")


@pytest.mark.parametrize(
    "log",
    [
        "",
        "encode.sh: ffmpeg failed on this input\n",
        "encode.sh: ffmpeg of an unknown version (image)\n",
        "Input #0\nencode.sh: ffmpeg 7 (image)\n",
    ],
)
def test_other_logs_dont_say_it(log: str) -> None:
    assert told_ffmpeg(log) is None
