"""What the benchmarks share: the machine they ran on, medians, one report as text or JSON.

Seconds say little about another machine; ratios of two things that took turns in one run do.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO

from batchff.emulator import launch
from batchff.emulator.launch.connection import Connection
from batchff.emulator.options import ServiceOptions
from batchff.emulator.simulation.settings import Simulation

# What is measured runs as an installed program does, which has its bytecode: where Python is told
# to keep none, each run would compile everything again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@dataclass(frozen=True, slots=True)
class Bar:
    """A number that was measured, and the one it may not pass."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit


@dataclass(slots=True)
class Report:
    """What a benchmark found."""

    name: str
    versions: dict[str, str] = field(default_factory=lambda: _versions())
    medians: dict[str, float] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=list)

    def print(self, as_json: bool) -> None:
        if as_json:
            found = asdict(self) | {"machine": machine(), "met": all(b.is_met for b in self.bars)}
            print(json.dumps(found))
            return
        for name, value in (machine() | self.versions).items():
            print(f"{name:<36} {value}")
        for name, number in self.medians.items():
            print(f"{name:<36} {number:.4g}")
        for bar in self.bars:
            verdict = "met" if bar.is_met else "NOT MET"
            print(f"{bar.name:<36} {bar.value:.4g} {bar.unit}, bar {bar.limit:.4g}: {verdict}")


def machine() -> dict[str, str]:
    """Describe where this runs, and how busy it was."""
    return {
        "system": platform.platform(),
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def arguments(description: str | None, **numbers: int) -> argparse.Namespace:
    """Read a benchmark's command line: `--json`, and numbers with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    for name, default in numbers.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=int,
            default=default,
            metavar="N",
            help="(default: %(default)s)",
        )
    return parser.parse_args()


def interleaved(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Let actions take turns; give the median seconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds):
        names = list(actions)[:: -1 if number % 2 else 1]
        for name in names:
            taken[name].append(seconds(actions[name]))
            note(f"{name}: {taken[name][-1]:.3f} s")
    return {name: statistics.median(times) for name, times in taken.items()}


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def cpu_seconds(
    command: Sequence[str | Path], folder: Path | None = None, stderr: IO[bytes] | None = None
) -> float:
    """Run a program; return the CPU time that it and all its children used."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=stderr)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, [str(word) for word in command])
    return used.ru_utime + used.ru_stime


def note(text: str) -> None:
    """Say how far it is, where the report isn't disturbed."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def emulator(simulation: Simulation | None = None) -> Iterator[tuple[Path, Connection]]:
    """Run an emulator as its users do, in a folder that is removed with it; give both."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        root = Path(folder) / "emulator"
        try:
            yield root, launch.start(root, ServiceOptions(simulation=simulation))
        finally:
            launch.stop(root)


def _versions() -> dict[str, str]:
    own = {name: version(name) for name in ("batchff", "starlette", "uvicorn")}
    return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version} | own
