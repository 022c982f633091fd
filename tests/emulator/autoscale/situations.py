"""Pools in all kinds of situations, and what a formula makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batchff.emulator.autoscale.evaluation import Evaluation, Situation, evaluate
from batchff.emulator.autoscale.parser import parse
from batchff.emulator.autoscale.samples import PERIOD, History
from batchff.emulator.autoscale.values import format_value
from batchff.emulator.state.times import parse_time

NOW = parse_time("2026-11-22T18:30:05.25Z")
"""A Sunday evening."""

BATCHFF = """
pending = max(0, $PendingTasks.GetSamplePercent(3 * TimeInterval_Minute) < 70
    ? $PendingTasks.GetSample(1)
    : max($PendingTasks.GetSample(3 * TimeInterval_Minute)));
$TargetDedicatedNodes = min(8, pending);
$NodeDeallocationOption = taskcompletion;
"""
"""A formula as many pools have one: as many nodes as there are tasks, up to a number."""


def situation(
    samples: Mapping[str, Sequence[float]] | None = None,
    dedicated: int = 0,
    low_priority: int = 0,
    counts: Mapping[str, float] | None = None,
    now: int = NOW,
    age: int = 0,
) -> Situation:
    """Make one; the last of each metric's samples is `age` periods old."""
    history = History()
    series = samples or {}
    longest = max((len(values) for values in series.values()), default=0)
    for back in reversed(range(longest)):
        row = {name: values[-1 - back] for name, values in series.items() if back < len(values)}
        history.add(now - (back + age) * PERIOD, row)
    return Situation(now, dedicated, low_priority, counts or {}, history)


def scaled(formula: str, given: Situation | None = None, draw: float = 0.5) -> Evaluation:
    """Work out a formula that is expected to be a good one."""
    evaluation = evaluate(parse(formula), given or situation(), lambda: draw)
    assert evaluation.error is None, evaluation.error
    return evaluation


def value(expression: str, given: Situation | None = None) -> str:
    """Work out one expression, and give it as the results show it."""
    variables = dict(scaled(f"x = {expression}", given).variables)
    return format_value(variables["x"])


def refusal(formula: str, given: Situation | None = None) -> tuple[str, str]:
    """Give the code and the detail of the error that a formula ends with."""
    error = evaluate(parse(formula), given or situation()).error
    assert error is not None
    return error.code, error.detail
