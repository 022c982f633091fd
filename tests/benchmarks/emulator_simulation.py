"""A simulated pool of 1,000 nodes and a job of 100,000 tasks, to its end."""

from __future__ import annotations

import json
import statistics
import time
from datetime import datetime

from batchff.emulator.simulation.settings import Simulation
from tests.benchmarks.batch_requests import BatchRequests, collections_of
from tests.benchmarks.emulator_scale import cpu_seconds, peak_memory
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note, seconds

POLL_SECONDS = 1.0


def main() -> None:
    given = arguments(__doc__, tasks=100_000, nodes=1000, clock_speed=1000)
    simulation = Simulation(
        task_failures=0.02, preemptions=0.1, clock_speed=float(given.clock_speed)
    )
    with emulator(simulation) as (root, connection):
        client = BatchRequests(connection)
        client.create_pool("pool", nodes=0, slots=1)
        client.create_job("job", "pool")
        bodies = collections_of(given.tasks, "sh -c 'echo a task of about the usual length'")
        adding = seconds(lambda: client.add("job", bodies))
        note(f"added in {adding:.1f} s")
        spent = cpu_seconds(root)
        counting: list[float] = []
        began = time.perf_counter()
        simulated = run_to_the_end(client, given.nodes, counting)
        wall = time.perf_counter() - began
        work = cpu_seconds(root) - spent
        memory = peak_memory(root)
        counts = client.read("/jobs/job/taskcounts")["taskCounts"]
    assert counts["completed"] == given.tasks
    report = Report("emulator_simulation")
    report.medians = {
        "tasks": given.tasks,
        "nodes": given.nodes,
        "tasks that failed": counts["failed"],
        "seconds": wall,
        "simulated hours": simulated / 3600,
        "times as fast as the real clock": simulated / wall,
        "tasks a second": given.tasks / wall,
        "CPU seconds": work,
        "CPU, ms a task": work / given.tasks * 1000,
        "task counts meanwhile, ms": statistics.median(counting) * 1000,
    }
    report.bars = [Bar("the emulator's peak memory", memory, 500, "MB")]
    report.print(given.json)


def run_to_the_end(client: BatchRequests, nodes: int, counting: list[float]) -> float:
    """Give the job nodes, half of them Spot ones; tell the simulated seconds until it ends."""
    client.send("PATCH", "/jobs/job", json.dumps({"onAllTasksComplete": "terminatejob"}).encode())
    began = client.read("/jobs/job")["lastModified"]
    targets = {"targetDedicatedNodes": nodes - nodes // 2, "targetLowPriorityNodes": nodes // 2}
    client.send("POST", "/pools/pool/resize", json.dumps(targets).encode())
    while (job := client.read("/jobs/job"))["state"] != "completed":
        counting.append(seconds(lambda: client.read("/jobs/job/taskcounts")))
        time.sleep(POLL_SECONDS)
    ended = job["executionInfo"]["endTime"]
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


if __name__ == "__main__":
    main()
