"""What requests may ask of a pool's autoscale settings."""

from __future__ import annotations

from batchff.emulator.autoscale.errors import FormulaError
from batchff.emulator.autoscale.parser import parse
from batchff.emulator.autoscale.syntax import Formula
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.model import Document
from batchff.emulator.state.times import DAY, SECOND, parse_duration

_SHORTEST = 5 * 60 * SECOND
_LONGEST = 7 * DAY

_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")
_SETTINGS = ("autoScaleFormula", "autoScaleEvaluationInterval")


def check_new_pool(body: Document) -> None:
    """A pool has either targets or a formula. Raises BatchError where a body mixes them."""
    scales = body.get("enableAutoScale", False)
    for name in _TARGETS if scales else _SETTINGS:
        if name in body:
            reason = f"It must not be given where enableAutoScale is {str(scales).lower()}"
            raise BatchError("InvalidAutoScalingSettings", {"PropertyName": name, "Reason": reason})
    if scales and "autoScaleFormula" not in body:
        raise BatchError("MissingRequiredProperty", {"PropertyName": "autoScaleFormula"})
    check_settings(body)


def check_settings(body: Document) -> None:
    """Check the formula and the interval, where they are given. Raises BatchError."""
    if "autoScaleFormula" in body:
        read_formula(body["autoScaleFormula"])
    interval = body.get("autoScaleEvaluationInterval")
    if interval is not None and not _SHORTEST <= parse_duration(interval) <= _LONGEST:
        raise bad_property(
            "autoScaleEvaluationInterval", interval, "It must be from 5 minutes to 168 hours"
        )


def read_formula(text: str) -> Formula:
    """Read a formula. Raises BatchError that says what is wrong with it."""
    try:
        return parse(text)
    except FormulaError as error:
        raise BatchError(
            error.code, {"PropertyName": "autoScaleFormula", "Reason": error.detail}
        ) from None
