from __future__ import annotations

from batchff.node.log_tail import last_lines


def test_the_last_words_are_those_of_the_last_attempt() -> None:
    attempt = "[mov] moov atom not found\nInvalid data\nencode.sh: ffmpeg failed on this input\n"
    assert last_lines(attempt * 2) == tuple(attempt.splitlines())
