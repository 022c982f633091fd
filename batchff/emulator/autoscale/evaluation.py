"""A formula worked out for a pool: the targets, and the values of all its variables."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from batchff.emulator.autoscale.errors import (
    EvaluationError,
    FormulaError,
    InsufficientSampleData,
    Position,
)
from batchff.emulator.autoscale.functions import call, element
from batchff.emulator.autoscale.operators import binary, is_true, unary
from batchff.emulator.autoscale.samples import METRICS, Counts, History, Metric
from batchff.emulator.autoscale.syntax import (
    Access,
    Call,
    Chain,
    Conditional,
    Expression,
    Formula,
    Index,
    Member,
    Method,
    Name,
    Number,
    Text,
    Unary,
    Vector,
)
from batchff.emulator.autoscale.values import (
    INTERVALS,
    Timestamp,
    Value,
    flatten,
    format_value,
    member,
    read_timestamp,
    whole,
)

_DEDICATED = "$TargetDedicatedNodes"
_LOW_PRIORITY = "$TargetLowPriorityNodes"
_DEALLOCATION = "$NodeDeallocationOption"
_ALIASES = {"$TargetDedicated": _DEDICATED, "$TargetLowPriority": _LOW_PRIORITY}
_DEALLOCATIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
_MOST_NODES = 10_000


@dataclass(frozen=True, slots=True)
class Situation:
    """What a formula is worked out from."""

    now: int
    """In ticks since 1970."""
    target_dedicated: int
    target_low_priority: int
    counts: Counts
    """The values of the metrics now: those that a metric's name alone has."""
    history: History = field(default_factory=History)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of it; with an error, the targets are what they were."""

    target_dedicated: int
    target_low_priority: int
    deallocation: str = "requeue"
    variables: tuple[tuple[str, Value], ...] = ()
    """The formula's own, by name."""
    error: FormulaError | None = None

    @property
    def results(self) -> str:
        """The values of all variables, as `results` of an AutoScaleRun has them."""
        pairs: list[tuple[str, Value]] = [
            (_DEDICATED, float(self.target_dedicated)),
            (_LOW_PRIORITY, float(self.target_low_priority)),
            (_DEALLOCATION, self.deallocation),
            *self.variables,
        ]
        return ";".join(f"{name}={format_value(value)}" for name, value in pairs)


def evaluate(
    formula: Formula, situation: Situation, draw: Callable[[], float] = random.random
) -> Evaluation:
    """Work out a formula; `draw` gives what rand() does, a number from 0 to 1."""
    work = _Work(situation, draw)
    try:
        return work.run(formula)
    except FormulaError as error:
        return Evaluation(situation.target_dedicated, situation.target_low_priority, error=error)


class _Stop(Exception):
    """stop() was called."""


class _Work:
    def __init__(self, situation: Situation, draw: Callable[[], float]) -> None:
        self._situation = situation
        self._draw = draw
        self._assigned: dict[str, Value] = {}

    def run(self, formula: Formula) -> Evaluation:
        try:
            for statement in formula.statements:
                value = self._value(statement.expression)
                if statement.name is not None:
                    self._assign(statement.name, value, statement.at)
        except _Stop:
            pass
        own = {
            name: value
            for name, value in self._assigned.items()
            if name not in (_DEDICATED, _LOW_PRIORITY, _DEALLOCATION, *_ALIASES)
        }
        return Evaluation(
            target_dedicated=int(self._target("$TargetDedicated")),
            target_low_priority=int(self._target("$TargetLowPriority")),
            deallocation=str(self._variable(_DEALLOCATION)),
            variables=tuple(sorted(own.items(), key=lambda pair: pair[0].lower())),
        )

    def _assign(self, name: str, value: Value, at: Position) -> None:
        if name in METRICS or name in INTERVALS or name in _DEALLOCATIONS:
            raise EvaluationError(f"'{name}' can't be assigned to", at)
        if name in (_DEDICATED, _LOW_PRIORITY, *_ALIASES):
            # A fraction is dropped: the page's examples divide and add so as to round up.
            value = float(whole(value, at))
            if not 0 <= value <= _MOST_NODES:
                reason = f"{name} must be from 0 to {_MOST_NODES}, not {format_value(value)}"
                raise EvaluationError(reason, at)
        elif name == _DEALLOCATION and value not in _DEALLOCATIONS:
            raise EvaluationError(f"{name} must be one of {', '.join(_DEALLOCATIONS)}", at)
        self._assigned[name] = value

    def _variable(self, name: str) -> Value | None:
        """Give a variable's value; those of the service have one from the start."""
        if name in self._assigned:
            return self._assigned[name]
        match name:
            case "$TargetDedicatedNodes":
                return float(self._situation.target_dedicated)
            case "$TargetLowPriorityNodes":
                return float(self._situation.target_low_priority)
            case "$TargetDedicated" | "$TargetLowPriority":
                return self._variable(_ALIASES[name])
            case "$NodeDeallocationOption":
                return "requeue"
        return None

    def _target(self, alias: str) -> float:
        """Give a target; where its full name and its alias are both set, the full name counts."""
        name = _ALIASES[alias]
        value = self._variable(name if name in self._assigned else alias)
        assert isinstance(value, float)
        return value

    def _value(self, node: Expression) -> Value:
        match node:
            case Number(value):
                return value
            case Text(text):
                return text
            case Name(name, at):
                return self._named(name, at)
            case Vector(items, at):
                return flatten([self._value(item) for item in items], at)
            case Call(function, arguments, at):
                return self._call(function, [self._value(each) for each in arguments], at)
            case Access():
                return self._access(node)
            case Unary(operator, operand, at):
                return unary(operator, self._value(operand), at)
            case Chain():
                return self._chain(node)
            case Conditional(test, then, otherwise, at):
                return self._value(then if is_true(self._value(test), at) else otherwise)

    def _named(self, name: str, at: Position) -> Value:
        variable = self._variable(name)
        if variable is not None:
            return variable
        if name in INTERVALS:
            return INTERVALS[name]
        if name in _DEALLOCATIONS:
            return name
        if name in METRICS:
            counts, metric = self._situation.counts, METRICS[name]
            if metric not in counts:
                raise InsufficientSampleData(f"No data in data set: {metric}", at)
            return float(counts[metric])
        raise EvaluationError(f"Undefined symbol: {name[:60]}", at)

    def _call(self, function: str, arguments: list[Value], at: Position) -> Value:
        match function, arguments:
            case "time", [] | [""]:
                return Timestamp(self._situation.now)
            case "time", [str() as text]:
                return read_timestamp(text, at)
            case "rand", []:
                return self._draw()
            case "stop", []:
                raise _Stop
            case "time" | "rand" | "stop", _:
                raise EvaluationError(f"{function} doesn't take such arguments", at)
        return call(function, arguments, at)

    def _access(self, node: Access) -> Value:
        steps = node.steps
        if isinstance(node.base, Name) and isinstance(steps[0], Method):
            value = self._ask(node.base, steps[0])
            steps = steps[1:]
        else:
            value = self._value(node.base)
        for step in steps:
            match step:
                case Member(name, at):
                    value = member(value, name, at)
                case Index(index, at):
                    value = element(value, self._value(index), at)
                case Method(name, _, at):
                    raise EvaluationError(f"Only metrics have a {name[:40]}", at)
        return value

    def _ask(self, base: Name, method: Method) -> Value:
        if base.name not in METRICS:
            raise EvaluationError(f"'{base.name[:60]}' is not a metric", base.at)
        metric = Metric(METRICS[base.name], self._situation.history, self._situation.now)
        arguments = [self._value(each) for each in method.arguments]
        return metric.ask(method.name, arguments, method.at)

    def _chain(self, node: Chain) -> Value:
        value = self._value(node.first)
        for link in node.links:
            operand, at = link.operand, link.at
            if link.operator == "||":
                value = float(is_true(value, at) or is_true(self._value(operand), at))
            elif link.operator == "&&":
                value = float(is_true(value, at) and is_true(self._value(operand), at))
            else:
                value = binary(link.operator, value, self._value(operand), at)
        return value
