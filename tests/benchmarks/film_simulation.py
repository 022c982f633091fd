"""A film of two hours in chunks on 50 and on 1,000 simulated nodes, with and without preemptions.

A real submit cuts a real film of two hours, puts its chunks into storage and adds the tasks. Their
times are drawn: nine of ten from 30 s to 5 minutes, with a long tail. From the first task start to
the last one's end, beside the least that any order could take: the sum of all times spread over the
nodes, or the longest one, and then the join. With preemptions, 20 % of the Spot nodes go in an
hour, a third of them unusable first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import imageio_ffmpeg  # type: ignore[import-untyped]

from batchff.emulator.simulation.settings import Simulation
from tests.benchmarks.batch_requests import BatchRequests
from tests.benchmarks.clips import settings
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note

HOURS = 2
PIECE = 20
POLL_SECONDS = 0.5
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Run:
    """How long a job took in simulated seconds, the least it could take, and what was lost."""

    took: float
    least: float
    chunks: int
    again: int


def main() -> None:
    given = arguments(__doc__, clock_speed=200)
    report = Report("film_simulation")
    report.bars = []
    with tempfile.TemporaryDirectory("-benchmark") as folder:
        film = make_film(Path(folder, "film"))
        for nodes in (50, 1000):
            plain = [run(film, nodes, seed, 0.0, given.clock_speed) for seed in SEEDS]
            spot = [run(film, nodes, seed, 0.2, given.clock_speed) for seed in SEEDS]
            worst = max(each.took / each.least for each in plain)
            report.medians[f"{nodes} nodes: chunks"] = plain[0].chunks
            report.medians[f"{nodes} nodes: simulated seconds"] = plain[0].took
            report.medians[f"{nodes} Spot nodes: tasks run again"] = sum(e.again for e in spot)
            report.bars.append(Bar(f"{nodes} nodes / the least", worst, 1.15, "×"))
            slower = max(a.took / b.took for a, b in zip(spot, plain, strict=True))
            report.bars.append(Bar(f"{nodes} Spot nodes / none preempted", slower, 1.25, "×"))
    report.print(given.json)


def make_film(folder: Path) -> Path:
    """Make a film of two hours of the same small pictures, a picture a second needs no other."""
    folder.mkdir()
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    words = ["-f", "lavfi", "-i", f"testsrc=s=64x48:d={PIECE}", "-f", "lavfi"]
    words += ["-i", f"sine=d={PIECE}", "-c:v", "libx264", "-g", "25", "-c:a", "aac"]
    subprocess.run([ffmpeg, "-v", "error", *words, "-y", "piece.mp4"], check=True, cwd=folder)
    times = str(HOURS * 3600 // PIECE - 1)
    words = ["-stream_loop", times, "-i", "piece.mp4", "-c", "copy", "-y", "film.mp4"]
    subprocess.run([ffmpeg, "-v", "error", *words], check=True, cwd=folder)
    (folder / "piece.mp4").unlink()
    return folder


def run(film: Path, nodes: int, seed: int, preemptions: float, clock_speed: int) -> Run:
    """Submit the film to a simulation, and see when its tasks ran."""
    simulation = Simulation(
        seed=seed,
        preemptions=preemptions,
        unusable_preemptions=1 / 3,
        clock_speed=float(clock_speed),
        output_size=1000,
    )
    with emulator(simulation) as (_, connection):
        client = BatchRequests(connection)
        kind = "SPOT" if preemptions else "NODES"
        environment = {
            **settings(connection),
            "BATCHFF_POOL_NODES": "0" if preemptions else str(nodes),
            "BATCHFF_POOL_SPOT": str(nodes) if preemptions else "0",
            "BATCHFF_POOL_SLOTS": "1",
        }
        job = submit(film, environment)
        while client.read(f"/jobs/{job}")["state"] != "completed":
            time.sleep(POLL_SECONDS)
        tasks = client.read(f"/jobs/{job}/tasks?maxresults=1000")["value"]
    found = measured(tasks, nodes)
    note(f"{nodes} nodes ({kind.lower()}), seed {seed}: {found.took:.0f} of {found.least:.0f} s")
    return found


def submit(film: Path, environment: Mapping[str, str]) -> str:
    """Run a submit that leaves its job to itself; return the job's id."""
    command = [sys.executable, "-m", "batchff", "--json", "submit", str(film), "--preset", "h264"]
    ran = subprocess.run(
        [*command, "--detach", "--yes", "--no-try"],
        check=True,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
    )
    job: str = json.loads(ran.stdout.splitlines()[-1])["data"]["job"]
    return job


def measured(tasks: list[dict[str, Any]], nodes: int) -> Run:
    """Return how long tasks took together, and the least that they could take."""
    assert all(task["executionInfo"]["result"] == "success" for task in tasks)
    spans = {task["id"]: span(task) for task in tasks}
    join = next(task["id"] for task in tasks if task.get("dependsOn"))
    parts = [end - start for name, (start, end) in spans.items() if name != join]
    began = min(start for start, _ in spans.values())
    least = max(sum(parts) / nodes, *parts) + spans[join][1] - spans[join][0]
    again = sum(task["executionInfo"]["requeueCount"] > 0 for task in tasks)
    return Run(spans[join][1] - began, least, len(parts) - 1, again)


def span(task: dict[str, Any]) -> tuple[float, float]:
    times = task["executionInfo"]
    start, end = (datetime.fromisoformat(times[each]) for each in ("startTime", "endTime"))
    return start.timestamp(), end.timestamp()


if __name__ == "__main__":
    main()
