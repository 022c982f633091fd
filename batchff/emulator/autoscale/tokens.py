"""A formula's text as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from batchff.emulator.autoscale.errors import FormulaSyntaxError, Position

_PATTERN = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>\$?[A-Za-z_]\w*)
    | (?P<text>"[^"]*")
    | (?P<symbol><=|>=|==|!=|&&|\|\||[-+*/<>!?:;,.=()\[\]])
    """,
    re.ASCII | re.VERBOSE,
)


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    NAME = auto()
    TEXT = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula and where it begins."""

    kind: Kind
    text: str
    at: Position

    def __str__(self) -> str:
        return "the end of the formula" if self.kind is Kind.END else f"'{self.text[:40]}'"


def tokenize(formula: str) -> Iterator[Token]:
    """Give the tokens of a formula, the last one of kind END. Raises FormulaSyntaxError."""
    index, line, line_start = 0, 1, 0
    while index < len(formula):
        at = Position(line, index - line_start + 1)
        match = _PATTERN.match(formula, index)
        if match is None:
            raise FormulaSyntaxError(f"Unexpected character {formula[index]!r}", at)
        text, kind = match[0], match.lastgroup or ""
        if kind != "space":
            yield Token(Kind[kind.upper()], text, at)
        index = match.end()
        if "\n" in text:
            line += text.count("\n")
            line_start = match.start() + text.rindex("\n") + 1
    yield Token(Kind.END, "", Position(line, index - line_start + 1))
