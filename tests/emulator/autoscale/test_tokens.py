from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.autoscale.errors import FormulaSyntaxError, Position
from batchff.emulator.autoscale.tokens import Kind, tokenize


def kinds(formula: str) -> list[tuple[str, str]]:
    return [(token.kind.name.lower(), token.text) for token in tokenize(formula)][:-1]


def test_a_formula_is_names_numbers_texts_and_symbols() -> None:
    assert kinds('$TargetDedicatedNodes = min(2.5e-1, .5) > 1. ? time("2026-11-30") : x;') == [
        *(("name", "$TargetDedicatedNodes"), ("symbol", "="), ("name", "min"), ("symbol", "(")),
        *(("number", "2.5e-1"), ("symbol", ","), ("number", ".5"), ("symbol", ")")),
        *(("symbol", ">"), ("number", "1."), ("symbol", "?"), ("name", "time"), ("symbol", "(")),
        *(("text", '"2026-11-30"'), ("symbol", ")"), ("symbol", ":"), ("name", "x")),
        ("symbol", ";"),
    ]


@pytest.mark.parametrize("symbol", ["<=", ">=", "==", "!=", "&&", "||"])
def test_symbols_of_two_characters_are_one(symbol: str) -> None:
    assert kinds(f"a{symbol}b")[1] == ("symbol", symbol)


def test_an_exponent_needs_its_digits() -> None:
    assert kinds("1e5") == [("number", "1e5")]
    assert kinds("1em") == [("number", "1"), ("name", "em")]


def test_a_comment_ends_with_its_line_and_places_count_on() -> None:
    tokens = list(tokenize('a // b = "c\n  ;\n\nd'))
    assert [(token.text, token.at) for token in tokens] == [
        ("a", Position(1, 1)),
        (";", Position(2, 3)),
        ("d", Position(4, 1)),
        ("", Position(4, 2)),
    ]
    assert tokens[-1].kind is Kind.END
    assert str(tokens[-1]) == "the end of the formula"


def test_a_text_may_hold_what_else_would_be_a_comment_or_a_line() -> None:
    tokens = list(tokenize('"a//b\nc" d'))
    assert tokens[0].text == '"a//b\nc"'
    assert tokens[1].at == Position(2, 4)


@pytest.mark.parametrize(
    ("formula", "detail"),
    [("a\n %", "Line 2, Col 2: Unexpected character '%'"), ("é", "Line 1, Col 1: Unexpected")],
)
def test_what_no_token_begins_with_is_refused_with_its_place(formula: str, detail: str) -> None:
    with pytest.raises(FormulaSyntaxError) as error:
        list(tokenize(formula))
    assert error.value.detail.startswith(detail)


@given(st.lists(st.sampled_from(["a", "$b", "1.5", '"t"', "&&", ";", " ", "\n", "// c\n"])))
def test_tokens_and_what_is_between_them_are_the_whole_formula(parts: list[str]) -> None:
    formula = " ".join(parts)
    lines = formula.split("\n")
    for token in tokenize(formula):
        assert lines[token.at.line - 1][token.at.column - 1 :].startswith(token.text)
