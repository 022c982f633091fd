"""OData's $filter, as far as Batch takes it: parsed once, then run in SQL or on a value.

Grammar: `or` of `and` of `not` of comparisons, `startswith` and parentheses. A comparison has a
property on its left and a literal on its right. A list's `Properties` say by what it can be
filtered; anything else is an error, never an empty list.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from batchff.emulator.state.store.database import Where
from batchff.emulator.state.times import parse_time

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Property:
    """Something a list can be filtered by: its column, and the type of its values."""

    column: str
    kind: type = str
    is_time: bool = False
    folded: bool = False
    """Compared without case; the column holds lower case."""
    choices: frozenset[str] | None = None
    """The only values there are; another is an error."""


Properties = Mapping[str, Property]


class FilterError(ValueError):
    """The filter isn't well formed, or names something that can't be filtered by."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property compared with a value, or `startswith`."""

    property: Property
    operator: str
    value: Value

    def sql(self) -> Where:
        """Null equals null for eq and ne; no other comparison holds for it."""
        column = self.property.column
        if self.operator == "startswith":
            return Where(f"substr({column}, 1, {len(str(self.value))}) = ?", (self.value,))
        return Where(f"{column} {_SQL[self.operator]} ?", (self.value,))

    def matches(self, row: Mapping[str, Value]) -> bool:
        """Tell whether it holds for a row, as `sql` does for one in the database."""
        value = row.get(self.property.column)
        if self.operator == "startswith":
            return isinstance(value, str) and value.startswith(str(self.value))
        if self.operator in ("eq", "ne"):
            return (value == self.value) is (self.operator == "eq")
        if value is None or self.value is None:
            return False
        return bool(_COMPARE[self.operator](value, self.value))


@dataclass(frozen=True, slots=True)
class Both:
    """Two expressions joined by `and`."""

    left: Expression
    right: Expression

    def sql(self) -> Where:
        """Write it as a condition of SQL."""
        left, right = self.left.sql(), self.right.sql()
        return Where(f"({left.sql} AND {right.sql})", left.values + right.values)

    def matches(self, row: Mapping[str, Value]) -> bool:
        """Tell whether it holds for a row."""
        return self.left.matches(row) and self.right.matches(row)


@dataclass(frozen=True, slots=True)
class Either:
    """Two expressions joined by `or`."""

    left: Expression
    right: Expression

    def sql(self) -> Where:
        """Write it as a condition of SQL."""
        left, right = self.left.sql(), self.right.sql()
        return Where(f"({left.sql} OR {right.sql})", left.values + right.values)

    def matches(self, row: Mapping[str, Value]) -> bool:
        """Tell whether it holds for a row."""
        return self.left.matches(row) or self.right.matches(row)


@dataclass(frozen=True, slots=True)
class Not:
    """An expression after `not`."""

    inner: Expression

    def sql(self) -> Where:
        """SQL's own NOT would leave a comparison with null unknown; here it is not met."""
        inner = self.inner.sql()
        return Where(f"(NOT ifnull({inner.sql}, 0))", inner.values)

    def matches(self, row: Mapping[str, Value]) -> bool:
        """Tell whether it holds for a row."""
        return not self.inner.matches(row)


Expression = Comparison | Both | Either | Not

_SQL = {"eq": "IS", "ne": "IS NOT", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_COMPARE: dict[str, Callable[[Any, Any], object]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}

_TOKEN = re.compile(
    r"\s*(?:(?P<time>datetime'(?P<stamp>[^']*)')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+)(?![\w/])|(?P<word>[A-Za-z_][\w/]*)|(?P<mark>[(),]))",
    re.ASCII | re.IGNORECASE,
)
_DEEPEST = 50


def parse_filter(text: str, properties: Properties) -> Expression:
    """Read a filter over some properties. Raises FilterError, saying what is wrong."""
    return _Parser(text, properties).whole()


class _Parser:
    def __init__(self, text: str, properties: Properties) -> None:
        self._properties = properties
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        if self._at < len(self._tokens):
            raise FilterError(f"{self._tokens[self._at].text!r} is not expected there")
        return expression

    def _either(self) -> Expression:
        left = self._both()
        while self._accept("or"):
            left = Either(left, self._both())
        return left

    def _both(self) -> Expression:
        left = self._unary()
        while self._accept("and"):
            left = Both(left, self._unary())
        return left

    def _unary(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError("it is nested too deeply")
        try:
            if self._accept("not"):
                return Not(self._unary())
            if self._accept("("):
                inner = self._either()
                self._expect(")")
                return inner
            if self._accept("startswith"):
                return self._starts_with()
            return self._comparison()
        finally:
            self._depth -= 1

    def _starts_with(self) -> Expression:
        self._expect("(")
        name, found = self._property()
        self._expect(",")
        value = self._literal(name, found)
        self._expect(")")
        if not isinstance(value, str):
            raise FilterError(f"{name} can't be used with startswith")
        return Comparison(found, "startswith", value)

    def _comparison(self) -> Expression:
        name, found = self._property()
        symbol = self._next().text.lower()
        if symbol not in _SQL:
            raise FilterError(f"{symbol!r} is not an operator")
        return Comparison(found, symbol, self._literal(name, found))

    def _property(self) -> tuple[str, Property]:
        token = self._next()
        found = self._properties.get(token.text)
        if token.kind != "word" or found is None:
            raise FilterError(f"{token.text!r} is not a property to filter by")
        return token.text, found

    def _literal(self, name: str, wanted: Property) -> Value:
        token = self._next()
        value = token.value
        if token.kind == "word":
            words: dict[str, Value] = {"true": True, "false": False, "null": None}
            if token.text.lower() not in words:
                raise FilterError(f"{token.text!r} is not a literal")
            value = words[token.text.lower()]
        elif token.kind == "mark":
            raise FilterError(f"a literal is expected, not {token.text!r}")
        if value is not None and (
            type(value) is not wanted.kind or (token.kind == "time") is not wanted.is_time
        ):
            raise FilterError(f"{token.text} is not of the type of {name}")
        if isinstance(value, str) and (wanted.folded or wanted.choices):
            value = value.lower()
        if value is not None and wanted.choices and value not in wanted.choices:
            raise FilterError(f"{token.text} is not a {name}")
        return value

    def _next(self) -> _Token:
        if self._at == len(self._tokens):
            raise FilterError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind in ("word", "mark") and token.text.lower() == text:
                self._at += 1
                return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise FilterError(f"{text!r} is missing")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    value: Value = None


def _tokens(text: str) -> list[_Token]:
    found = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"{text[position : position + 20]!r} is not understood")
        kind = match.lastgroup if match.lastgroup != "stamp" else "time"
        token = match.group(kind or 0)
        found.append(_Token(str(kind), token, _value(str(kind), token, match["stamp"])))
        position = match.end()
    return found


def _value(kind: str, token: str, stamp: str) -> Value:
    if kind == "text":
        return token[1:-1].replace("''", "'")
    if kind == "number":
        if len(token) > 18:
            raise FilterError(f"{token} is too large")
        return int(token)
    if kind == "time":
        try:
            return parse_time(stamp)
        except ValueError as error:
            raise FilterError(str(error)) from None
    return None
