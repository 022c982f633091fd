"""What can be wrong with a formula, said as the service says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a formula; both count from 1."""

    line: int
    column: int


class FormulaError(Exception):
    """A formula that can't be used: its code, its message, and what is wrong where."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, reason: str, at: Position) -> None:
        self.detail = f"Line {at.line}, Col {at.column}: {reason}"
        super().__init__(self.detail)


class FormulaSyntaxError(FormulaError):
    """The text isn't a formula."""

    code = "AutoScalingFormulaSyntaxError"
    message = "The specified auto-scaling formula has a syntax error."


class FormulaTooLong(FormulaError):
    """The text is longer than the 8 KB that the service takes."""

    code = "AutoScalingFormulaTooLong"
    message = "The specified auto-scaling formula exceeds lengths limit."


class EvaluationError(FormulaError):
    """The formula can be read, but not worked out."""

    code = "AutoScalingFormulaEvaluationError"
    message = "The specified auto-scaling formula has evaluation error"


class InsufficientSampleData(FormulaError):
    """The formula asks for more samples than there are."""

    code = "InsufficientSampleData"
    message = "Autoscale evaluation failed due to insufficient sample data"
