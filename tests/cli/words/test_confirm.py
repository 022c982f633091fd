from __future__ import annotations

import io

import pytest

from batchff.cli.words.confirm import confirmed
from batchff.errors import UsageError


def test_without_a_terminal_it_says_why_and_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(UsageError) as refused:
        confirmed("Stop it?", why="this would stop it")
    assert refused.value.message == "this would stop it, and there is no terminal to ask on"
    assert "--yes" in refused.value.hint


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "expected"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_the_details_are_shown_and_the_answer_counts(
    answer: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    monkeypatch.setattr("sys.stderr", shown)
    assert confirmed("Stop it?", "2 tasks run") is expected
    assert shown.getvalue().startswith("2 tasks run\nStop it? [y/N]")
