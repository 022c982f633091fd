from __future__ import annotations

from batchff.cli.words.examples import EXAMPLES
from batchff.cli.words.welcome import WELCOME


def test_it_is_plain_text_of_a_few_lines() -> None:
    assert WELCOME.isascii()
    assert len(WELCOME.splitlines()) <= 20
    assert max(map(len, WELCOME.splitlines())) <= 80


def test_the_first_thing_to_type_is_the_first_example_too() -> None:
    first = next(line.strip() for line in WELCOME.splitlines() if line.startswith("  batchff "))
    assert first in EXAMPLES[""]
