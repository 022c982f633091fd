"""How much longer nodes take than this machine, as jobs have shown: kept in one small file.

An estimate notes what a job is expected to need here; when that job was watched to its end, its
tasks' times say how fast its nodes are. The file may be removed at any time.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from batchff.model.jobs import TaskStatus

_KEPT = 5
_KEPT_JOBS = 50
_FACTORS = "factors"
_JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Speed:
    """How many CPU seconds a node takes for one of this machine."""

    factor: float = 1.0
    is_measured: bool = False


def speeds_file() -> Path:
    """Return the path of the file that keeps what jobs have shown."""
    return platformdirs.user_state_path("batchff") / "speeds.json"


def speed_of(vm_size: str, *, here: bool) -> Speed:
    """Return how fast the nodes of a VM size are; those that are `here` are this machine."""
    if here:
        return Speed(1.0, is_measured=True)
    factors = _read().get(_FACTORS, {}).get(vm_size.lower(), [])
    return Speed(statistics.median(factors), is_measured=True) if factors else Speed()


def expect(job: str, cpu_seconds: float) -> None:
    """Note how many CPU seconds a job's tasks would take here."""
    content = _read()
    jobs = {**content.get(_JOBS, {}), job: cpu_seconds}
    content[_JOBS] = dict(list(jobs.items())[-_KEPT_JOBS:])
    _write(content)


def is_expected(job: str) -> bool:
    """Return whether an estimate of a job was noted."""
    return job in _read().get(_JOBS, {})


def learn(job: str, tasks: Iterable[TaskStatus], vm_size: str, cores: float) -> None:
    """Take from a job that is done how fast its nodes are; `cores` are those that a task has.

    Nothing is learned of a job that wasn't expected, or of one that failed in part.
    """
    content = _read()
    expected = content.get(_JOBS, {}).pop(job, 0.0)
    spans = []
    for task in tasks:
        if not (task.succeeded and task.started and task.ended):
            return
        spans.append((task.ended - task.started).total_seconds())
    if not expected or not spans:
        return
    factors = content.setdefault(_FACTORS, {}).setdefault(vm_size.lower(), [])
    factors.append(round(sum(spans) * cores / expected, 3))
    del factors[:-_KEPT]
    _write(content)


def _read() -> dict[str, Any]:
    try:
        content = json.loads(speeds_file().read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(content: dict[str, Any]) -> None:
    path = speeds_file()
    # An estimate is only less sure where this can't be kept.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump(content, file)
        Path(file.name).replace(path)
