from __future__ import annotations

from batchff.cli.words.examples import EXAMPLES, example_lines


def test_a_commands_examples_are_pairs_of_a_comment_and_a_line() -> None:
    assert example_lines("job list")[:2] == ["# The jobs that batchff made", "batchff job list"]
    assert example_lines("nosuch") == []
    for command in EXAMPLES:
        lines = example_lines(command)
        assert all(line.startswith("# ") for line in lines[::2])
        assert all(line.startswith("batchff ") for line in lines[1::2])


def test_each_fits_80_columns_with_its_indent() -> None:
    for command in EXAMPLES:
        assert max(map(len, example_lines(command))) <= 78
