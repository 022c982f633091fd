"""The memory of a submit of very many files, all the way: sent, encoded (simulated), at home."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from batchff.emulator.simulation.settings import Simulation, Span
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note

FILE_BYTES = 1024
FILES_IN_A_FOLDER = 1000


def main() -> None:
    given = arguments(__doc__, files=100_000, nodes=500)
    simulation = Simulation(
        node_boot_time=Span(1, 1), task_time=Span(10, 60), clock_speed=1000, output_size=FILE_BYTES
    )
    with (
        emulator(simulation) as (_, connection),
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
    ):
        make_files(Path(folder, "files"), given.files)
        environment = {
            **os.environ,
            **connection.environment(),
            "BATCHFF_POOL_NODES": str(given.nodes),
            "BATCHFF_POOL_SLOTS": "1",
        }
        note(f"{given.files} files made")
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "batchff", "submit", "files", "--out", "home"],
            cwd=folder,
            env=environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        assert os.waitstatus_to_exitcode(status) == 0
        at_home = sum(1 for _ in Path(folder, "home").rglob("*.mp3"))
    assert at_home == given.files
    report = Report("client_memory")
    report.medians = {
        "files": given.files,
        "seconds": seconds,
        "files a second": given.files / seconds,
        "client CPU seconds": usage.ru_utime + usage.ru_stime,
    }
    kibibyte = 1 if sys.platform == "linux" else 1 / 1024
    peak = usage.ru_maxrss * kibibyte * 1024 / 1e6
    report.bars = [Bar("the client's peak memory", peak, 300, "MB")]
    report.print(given.json)


def make_files(folder: Path, count: int) -> None:
    for number in range(count):
        below = folder / f"{number // FILES_IN_A_FOLDER:03}"
        if number % FILES_IN_A_FOLDER == 0:
            below.mkdir(parents=True)
        (below / f"a clip with a usual name {number:06}.mp4").write_bytes(os.urandom(FILE_BYTES))


if __name__ == "__main__":
    main()
