"""The settings of a simulation: how long things take, how often they fail, the clock's speed.

Light to import: the command line reads it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)", re.ASCII)
_SHIFTS = {"": 0, "K": 10, "M": 20, "G": 30}
_SIZE = re.compile(r"(\d+)([KMG]?)", re.ASCII)
_LARGEST = 1 << 30
_LONGEST = 365 * 86400.0
_FASTEST = 10_000
_MOST_PREEMPTIONS = 60


@dataclass(frozen=True, slots=True)
class Span:
    """How long something takes, in seconds: always as long, or 90% of the times between two."""

    low: float
    high: float

    def __str__(self) -> str:
        low = _written(self.low)
        return low if self.low == self.high else f"{low}..{_written(self.high)}"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation's settings; the same ones draw the same times and outcomes again."""

    seed: int = 0
    task_time: Span = Span(30, 300)
    task_failures: float = 0.0
    """The share of tries that end with exit code 1."""
    node_boot_time: Span = Span(90, 90)
    preemptions: float = 0.0
    """How often a Spot node is preempted, in an hour."""
    unusable_preemptions: float = 0.5
    """The share of preempted nodes that are unusable first. Azure's own isn't known."""
    clock_speed: float = 1.0
    """How much faster than the real one the Batch service's clock runs, at most."""
    output_size: int = 0
    """The bytes of each output file that a task sends; with 0, none are sent."""

    def document(self) -> dict[str, Any]:
        """Give the settings by name, as JSON has them; `read_simulation` takes them back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: str(value) if isinstance(value, Span) else value for name, value in values.items()
        }

    def __str__(self) -> str:
        return (
            f"tasks take {self.task_time}, {100 * self.task_failures:.4g}% of their tries fail;"
            f" nodes boot in {self.node_boot_time}, Spot nodes are preempted {self.preemptions:g}"
            f" times an hour, {100 * self.unusable_preemptions:.4g}% of them unusable first;"
            f" the clock runs {self.clock_speed:g} times as fast; seed {self.seed};"
            f" {f'outputs of {self.output_size} bytes' if self.output_size else 'no outputs'}"
        )


def option_of(setting: str) -> str:
    """Give a setting's option on a command line."""
    return f"--{setting.replace('_', '-')}"


def options_of(simulation: Simulation | None) -> list[str]:
    """Give the command line that asks for a simulation, or for none."""
    if simulation is None:
        return []
    settings = simulation.document().items()
    return ["--simulate", *(f"{option_of(name)}={value}" for name, value in settings)]


def chosen_simulation(simulate: bool, given: Mapping[str, object | None]) -> Simulation | None:
    """Read a command line's options by their settings' names, None where one wasn't given.

    Raises ValueError for a value that can't be, and for one that goes with --simulate without it.
    """
    settings = {name: str(value) for name, value in given.items() if value is not None}
    if simulate:
        return read_simulation(settings)
    if settings:
        raise ValueError(f"{option_of(next(iter(settings)))} goes with --simulate")
    return None


def read_simulation(settings: Mapping[str, object]) -> Simulation:
    """Read settings by name. Raises ValueError for a value that can't be."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        try:
            values[name] = _READERS[name](str(value))
        except ValueError as error:
            raise ValueError(f"{option_of(name)}: {error}") from None
    return Simulation(**values)


def _span(text: str) -> Span:
    low, dots, high = text.partition("..")
    span = Span(_seconds(low), _seconds(high if dots else low))
    if dots and not 0 < span.low <= span.high:
        raise ValueError(f"{text!r} doesn't go from a shorter time to a longer one")
    return span


def _seconds(text: str) -> float:
    match = _TIME.fullmatch(text.strip())
    seconds = round(float(match[1]) * _UNITS[match[2] or "s"], 3) if match else math.inf
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is no time; write it as 90s, 5m or 2h, or as 30s..5m")
    return seconds


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) << _SHIFTS[match[2]] if match else _LARGEST + 1
    if size > _LARGEST:
        raise ValueError(f"{text!r} is no size up to 1G; write it as 4096, 64K or 1M")
    return size


def _number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            raise ValueError(f"{text!r} is no number from {least:g} to {most:g}")
        return number

    return read


_READERS: Mapping[str, Callable[[str], object]] = {
    "seed": _whole,
    "task_time": _span,
    "task_failures": _number(0, 1),
    "node_boot_time": _span,
    "preemptions": _number(0, _MOST_PREEMPTIONS),
    "unusable_preemptions": _number(0, 1),
    "clock_speed": _number(1, _FASTEST),
    "output_size": _size,
}


def _written(seconds: float) -> str:
    unit = next((unit for unit, size in _UNITS.items() if seconds and seconds % size == 0), "s")
    return f"{seconds / _UNITS[unit]:.3f}".rstrip("0").rstrip(".") + unit
