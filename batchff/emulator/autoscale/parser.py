"""From a formula's text to its tree, by recursive descent.

formula     = statement { ";" statement }
statement   = [ [ name "=" ] expression ]
expression  = chain [ "?" expression ":" expression ]
chain       = unary { operator unary }          one for each level of precedence
unary       = [ "-" | "!" ] unary | access
access      = primary { "." name [ arguments ] | "[" expression "]" }
primary     = number | text | name | name arguments | "(" expression ")" | "[" list "]"
"""

from __future__ import annotations

from batchff.emulator.autoscale.errors import FormulaSyntaxError, FormulaTooLong, Position
from batchff.emulator.autoscale.syntax import (
    Access,
    Call,
    Chain,
    Conditional,
    Expression,
    Formula,
    Index,
    Link,
    Member,
    Method,
    Name,
    Number,
    Statement,
    Text,
    Unary,
    Vector,
)
from batchff.emulator.autoscale.tokens import Kind, Token, tokenize

_LONGEST = 8192
_MOST_STATEMENTS = 100
_DEEPEST = 30
"""How deep expressions may nest; it keeps the parser and the evaluation off Python's own limit."""

_PRECEDENCE = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/"),
)
"""From the loosest on. The page doesn't say it; it's C's order, which its examples need."""


def parse(formula: str) -> Formula:
    """Read a formula. Raises FormulaSyntaxError, FormulaTooLong."""
    if len(formula) > _LONGEST:
        raise FormulaTooLong(f"The formula is longer than {_LONGEST} characters", Position(1, 1))
    return _Parser(formula).formula()


class _Parser:
    def __init__(self, formula: str) -> None:
        self._tokens = list(tokenize(formula))
        self._index = 0
        self._depth = 0

    def formula(self) -> Formula:
        statements: list[Statement] = []
        while True:
            if self._token.text != ";" and self._token.kind is not Kind.END:
                if len(statements) == _MOST_STATEMENTS:
                    raise self._error(f"More than {_MOST_STATEMENTS} statements")
                statements.append(self._statement())
            if self._token.kind is Kind.END:
                break
            self._expect(";")
        if not statements:
            raise self._error("A statement is missing")
        return Formula(tuple(statements))

    def _statement(self) -> Statement:
        token = self._token
        if token.kind is Kind.NAME and self._tokens[self._index + 1].text == "=":
            self._index += 2
            return Statement(token.text, self._expression(), token.at)
        return Statement(None, self._expression(), token.at)

    def _expression(self) -> Expression:
        self._enter()
        test = self._chain(0)
        question = self._token
        if self._take("?"):
            then = self._expression()
            self._expect(":")
            test = Conditional(test, then, self._expression(), question.at)
        self._depth -= 1
        return test

    def _chain(self, level: int) -> Expression:
        if level == len(_PRECEDENCE):
            return self._unary()
        first = self._chain(level + 1)
        links = []
        while (operator := self._token).kind is Kind.SYMBOL and operator.text in _PRECEDENCE[level]:
            self._index += 1
            links.append(Link(operator.text, self._chain(level + 1), operator.at))
        return Chain(first, tuple(links)) if links else first

    def _unary(self) -> Expression:
        operator = self._token
        if not (self._take("-") or self._take("!")):
            return self._access()
        self._enter()
        operand = self._unary()
        self._depth -= 1
        return Unary(operator.text, operand, operator.at)

    def _access(self) -> Expression:
        base = self._primary()
        steps: list[Member | Method | Index] = []
        while True:
            at = self._token.at
            if self._take("."):
                name = self._token
                if name.kind is not Kind.NAME:
                    raise self._error(f"A name is expected, not {name}")
                self._index += 1
                at = self._token.at
                if self._take("("):
                    steps.append(Method(name.text, self._list(")"), at))
                else:
                    steps.append(Member(name.text, name.at))
            elif self._take("["):
                steps.append(Index(self._expression(), at))
                self._expect("]")
            else:
                return Access(base, tuple(steps)) if steps else base

    def _primary(self) -> Expression:
        token = self._token
        self._index += 1
        if token.kind is Kind.NUMBER:
            return Number(float(token.text))
        if token.kind is Kind.TEXT:
            return Text(token.text[1:-1])
        if token.kind is Kind.NAME:
            if self._take("("):
                return Call(token.text, self._list(")"), token.at)
            return Name(token.text, token.at)
        if token.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if token.text == "[":
            return Vector(self._list("]"), token.at)
        self._index -= 1
        raise self._error(f"An expression is expected, not {token}")

    def _list(self, end: str) -> tuple[Expression, ...]:
        """Read expressions up to the bracket that ends them."""
        if self._take(end):
            return ()
        items = [self._expression()]
        while self._take(","):
            items.append(self._expression())
        self._expect(end)
        return tuple(items)

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _take(self, symbol: str) -> bool:
        """Step over a symbol if it comes next."""
        found = self._token.kind is Kind.SYMBOL and self._token.text == symbol
        self._index += found
        return found

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._error(f"'{symbol}' is expected, not {self._token}")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"Expressions nest deeper than {_DEEPEST}")

    def _error(self, reason: str) -> FormulaSyntaxError:
        return FormulaSyntaxError(reason, self._token.at)
