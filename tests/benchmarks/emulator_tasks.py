"""What the emulator adds to a task: 200 times `true` on two slots, beside `xargs -P2`."""

from __future__ import annotations

import subprocess
import time
from itertools import count

from tests.benchmarks.batch_requests import BatchRequests, collections_of
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, interleaved

TASKS = 200
SLOTS = 2
LOOK_SECONDS = 0.05


def main() -> None:
    given = arguments(__doc__, rounds=5)
    with emulator() as (_, connection):
        client = BatchRequests(connection)
        client.create_pool("pool", nodes=1, slots=SLOTS)
        numbers = count()

        def run_job() -> None:
            job_id = f"job-{next(numbers)}"
            client.create_job(job_id, "pool")
            client.add(job_id, collections_of(TASKS, "true"))
            while client.read(f"/jobs/{job_id}/taskcounts")["taskCounts"]["succeeded"] < TASKS:
                time.sleep(LOOK_SECONDS)

        medians = interleaved({"xargs -P2": run_xargs, "emulator": run_job}, given.rounds)
    report = Report("emulator_tasks", medians=medians)
    limit = 1.5 * medians["xargs -P2"] + 3
    report.bars = [Bar(f"{TASKS} tasks, 1.5 × xargs + 3 s", medians["emulator"], limit, "s")]
    report.print(given.json)


def run_xargs() -> None:
    lines = "\n".join(map(str, range(TASKS)))
    command = ["xargs", f"-P{SLOTS}", "-n1", "true"]
    subprocess.run(command, input=lines, text=True, check=True)


if __name__ == "__main__":
    main()
