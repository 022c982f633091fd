from __future__ import annotations

import pytest

from batchff.wording import counted, some_clauses, some_of


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (2000, "2,000 files")]
)
def test_a_count_has_its_noun_in_the_right_number(number: int, text: str) -> None:
    assert counted(number, "file") == text


def test_of_many_names_a_few_are_shown_and_the_rest_is_counted() -> None:
    assert some_of(["a", "b"], 3) == "a, b"
    assert some_of(["a", "b", "c"], 3) == "a, b, c"
    assert some_of(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_names_may_be_some_of_more_than_are_given() -> None:
    assert some_of(["a", "b"], 2, total=100) == "a, b and 98 more"
    assert some_of(["a", "b"], 2, total=2) == "a, b"


def test_clauses_have_semicolons_between_them() -> None:
    assert some_clauses(["a is empty", "b, too"], 3) == "a is empty; b, too"
    assert some_clauses(["a", "b", "c"], 1) == "a; and 2 more"
    assert some_clauses([], 3) == ""
