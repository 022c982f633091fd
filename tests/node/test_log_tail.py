from __future__ import annotations

from batchff.node.log_tail import last_attempt, last_lines


def test_the_last_words_are_those_of_the_last_attempt() -> None:
    attempt = "[mov] moov atom not found\nInvalid data\nencode.sh: ffmpeg failed on this input\n"
    assert last_lines(attempt * 2) == tuple(attempt.splitlines())


def test_all_lines_of_the_last_attempt_can_be_had() -> None:
    one = "\n".join([*(f"line {number}" for number in range(9)), "  indented", "encode.sh: oh"])
    assert last_attempt(f"{one}\n{one}\n") == tuple(one.splitlines())
    assert last_attempt("") == ()
