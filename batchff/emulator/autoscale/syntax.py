"""A formula as a tree of frozen nodes.

Operators of one precedence are items of one Chain, and accesses of one Access, so that a
long sum is wide and not deep: the depth of a tree is bounded by the parser's limit on nesting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from batchff.emulator.autoscale.errors import Position


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string as it was written, without its quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a constant."""

    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Vector:
    """A list of expressions in brackets or parentheses."""

    items: tuple[Expression, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function."""

    function: str
    arguments: tuple[Expression, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Member:
    """`.name` of a value."""

    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Method:
    """`.name(arguments)` of a metric; errors about its samples point at the bracket."""

    name: str
    arguments: tuple[Expression, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Index:
    """`[index]` of a vector."""

    index: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Access:
    """An expression followed by members, method calls or indexes."""

    base: Expression
    steps: tuple[Member | Method | Index, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator in front of one operand."""

    operator: str
    operand: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Link:
    """An operator and its right operand."""

    operator: str
    operand: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by operators of one precedence, taken from left to right."""

    first: Expression
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """The operator `test ? then : otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression
    at: Position


Expression: TypeAlias = Number | Text | Name | Vector | Call | Access | Unary | Chain | Conditional


@dataclass(frozen=True, slots=True)
class Statement:
    """An assignment, or an expression on its own."""

    name: str | None
    expression: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Formula:
    """A whole formula: its statements in their order."""

    statements: tuple[Statement, ...]
