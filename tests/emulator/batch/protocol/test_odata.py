from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.batch.protocol.odata import FilterError, Property, Value, parse_filter
from batchff.emulator.state.times import format_time, parse_time

PROPERTIES = {
    "id": Property("key", folded=True),
    "state": Property("state", choices=frozenset({"active", "completed"})),
    "creationTime": Property("created", int, is_time=True),
    "executionInfo/exitCode": Property("exit_code", int),
}

Row = dict[str, Value]
Predicate = Callable[[Row], bool]

LETTERS = "ab'%_ "
ROWS = st.fixed_dictionaries(
    {
        "key": st.text(LETTERS, max_size=3),
        "state": st.sampled_from(["active", "completed"]),
        "created": st.integers(0, 3),
        "exit_code": st.none() | st.integers(-1, 1),
    }
)


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _compare(symbol: str, column: str, wanted: Value) -> Predicate:
    def predicate(row: Row) -> bool:
        value = row[column]
        if symbol == "eq":
            return value == wanted
        if symbol == "ne":
            return value != wanted
        if value is None or wanted is None:
            return False
        order = (value > wanted) - (value < wanted)  # type: ignore[operator]
        return {"gt": order > 0, "ge": order >= 0, "lt": order < 0, "le": order <= 0}[symbol]

    return predicate


SYMBOLS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])


@st.composite
def _comparisons(draw: st.DrawFn) -> tuple[str, Predicate]:
    symbol = draw(SYMBOLS)
    kind = draw(st.sampled_from(["id", "prefix", "time", "code", "null"]))
    if kind == "id":
        text = draw(st.text(LETTERS + "A", max_size=3))
        return f"id {symbol} {_literal(text)}", _compare(symbol, "key", text.lower())
    if kind == "prefix":
        text = draw(st.text(LETTERS, max_size=2))
        return f"startswith(id, {_literal(text)})", lambda row: str(row["key"]).startswith(text)
    if kind == "time":
        ticks = draw(st.integers(0, 3))
        written = f"creationTime {symbol} datetime'{format_time(ticks)}'"
        return written, _compare(symbol, "created", ticks)
    code = draw(st.integers(-1, 1)) if kind == "code" else None
    literal = "null" if code is None else str(code)
    return f"executionInfo/exitCode {symbol} {literal}", _compare(symbol, "exit_code", code)


def _both(pair: tuple[tuple[str, Predicate], tuple[str, Predicate]]) -> tuple[str, Predicate]:
    (left, one), (right, other) = pair
    return f"({left}) and ({right})", lambda row: one(row) and other(row)


def _either(pair: tuple[tuple[str, Predicate], tuple[str, Predicate]]) -> tuple[str, Predicate]:
    (left, one), (right, other) = pair
    return f"({left} or {right})", lambda row: one(row) or other(row)


def _not(inner: tuple[str, Predicate]) -> tuple[str, Predicate]:
    text, predicate = inner
    return f"not ({text})", lambda row: not predicate(row)


FILTERS = st.recursive(
    _comparisons(),
    lambda inner: (
        st.tuples(inner, inner).map(_both) | st.tuples(inner, inner).map(_either) | inner.map(_not)
    ),
    max_leaves=6,
)


@given(FILTERS, st.lists(ROWS, max_size=6))
def test_a_filter_means_the_same_in_sql_in_python_and_in_words(
    written: tuple[str, Predicate], rows: list[Row]
) -> None:
    text, predicate = written
    expression = parse_filter(text, PROPERTIES)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE rows (key, state, created, exit_code)")
    sql = "INSERT INTO rows VALUES (:key, :state, :created, :exit_code)"
    database.executemany(sql, rows)

    where = expression.sql()
    found = database.execute(f"SELECT rowid FROM rows WHERE {where.sql}", where.values)
    expected = [index for index, row in enumerate(rows, 1) if predicate(row)]

    assert sorted(row[0] for row in found) == expected
    assert [index for index, row in enumerate(rows, 1) if expression.matches(row)] == expected
    database.close()


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(FilterError):
        parse_filter(text, PROPERTIES)


@given(st.lists(st.sampled_from(["id", "state", "eq", "and", "not", "(", ")", "'a'", "1", ","])))
def test_no_row_of_words_breaks_the_parser(words: list[str]) -> None:
    with contextlib.suppress(FilterError):
        parse_filter(" ".join(words), PROPERTIES)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    expression = parse_filter("id eq 'a' or id eq 'b' and not state eq 'active'", PROPERTIES)

    assert expression.matches({"key": "a", "state": "active"})
    assert expression.matches({"key": "b", "state": "completed"})
    assert not expression.matches({"key": "b", "state": "active"})


def test_words_and_times_are_taken_as_clients_write_them() -> None:
    stamp = "2026-11-22T10:00:00Z"
    expression = parse_filter(f" creationTime GE DateTime'{stamp}' ", PROPERTIES)

    assert expression.matches({"created": parse_time(stamp)})
    assert not expression.matches({"created": parse_time(stamp) - 1})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id",
        "id eq",
        "id eq a",
        "id is 'a'",
        "id eq 'a",
        "id eq 'a' id eq 'b'",
        "(id eq 'a'",
        "'a' eq id",
        "name eq 'a'",
        "id eq 1",
        "id eq datetime'2026-01-01'",
        "creationTime eq '2026-01-01'",
        "creationTime ge datetime'soon'",
        "creationTime eq 1",
        "executionInfo/exitCode eq '1'",
        "executionInfo/exitCode eq true",
        "executionInfo/exitCode eq 99999999999999999999",
        "state eq 'deleted'",
        "startswith(id, 1)",
        "startswith(id 'a')",
        "endswith(id, 'a')",
        "id eq 'a'; DROP TABLE tasks",
        "(" * 100 + "id eq 'a'" + ")" * 100,
    ],
)
def test_what_is_no_filter_is_an_error(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text, PROPERTIES)
