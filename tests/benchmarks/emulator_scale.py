"""A job of 100,000 tasks: adding them, reading pages of them, the emulator's memory."""

from __future__ import annotations

import os
import re
import statistics
from pathlib import Path
from urllib.parse import urlsplit

from batchff.emulator import launch
from tests.benchmarks.batch_requests import BatchRequests, collections_of
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note, seconds

TASKS = 100_000
PAGES = {
    "a page of 1,000": "",
    "a page, filtered by state": "&$filter=state%20eq%20'active'",
    "a page, $select=id,state": "&$select=id,state",
}


def main() -> None:
    given = arguments(__doc__, rounds=20)
    with emulator() as (root, connection):
        client = BatchRequests(connection)
        client.create_pool("pool", nodes=0, slots=1)
        client.create_job("job", "pool")
        bodies = collections_of(TASKS, "sh -c 'echo a task of about the usual length'")
        adding = seconds(lambda: client.add("job", bodies))
        note(f"added in {adding:.1f} s")
        work = {}
        pages = {}
        for name, query in PAGES.items():
            spent = cpu_seconds(root)
            pages[name] = read_pages(client, query, given.rounds)
            work[name] = (cpu_seconds(root) - spent) * 1000 / given.rounds
        counting = seconds(lambda: client.read("/jobs/job/taskcounts"))
        memory = peak_memory(root)
    report = Report("emulator_scale")
    report.medians = {f"{name}, ms": value for name, value in pages.items()}
    report.medians |= {f"{name}, ms of CPU": value for name, value in work.items()}
    report.medians["task counts, ms"] = counting * 1000
    report.bars = [
        Bar(f"{TASKS:,} tasks added", adding, 60, "s"),
        Bar("a page of 1,000 tasks", pages["a page of 1,000"], 50, "ms"),
        Bar("the emulator's peak memory", memory, 500, "MB"),
    ]
    report.print(given.json)


def read_pages(client: BatchRequests, query: str, pages: int) -> float:
    """Follow the links from page to page; give the median milliseconds of one."""
    path: str | None = f"/jobs/job/tasks?maxresults=1000{query}"
    taken: list[float] = []
    found: list[str] = []

    def read() -> None:
        nonlocal path
        assert path is not None
        answer = client.send("GET", path).decode()
        link = re.search(r'"odata.nextLink":\s*"([^"]*)"', answer)
        path = None if link is None else relative(link[1])
        found.append(answer)

    while path is not None and len(taken) < pages:
        taken.append(seconds(read) * 1000)
    assert all(answer.count('"id"') >= 1000 for answer in found)
    return statistics.median(taken)


def relative(link: str) -> str:
    """Give what of a link is to be signed and sent, without the api-version that is added."""
    address = urlsplit(link)
    parts = [part for part in address.query.split("&") if not part.startswith("api-version")]
    return f"{address.path}?{'&'.join(parts)}"


def cpu_seconds(root: Path) -> float:
    """Give what the emulator has used of a core, which a busy machine changes little."""
    state = Path(f"/proc/{launch.status(root).pid}/stat").read_text().rpartition(")")[2].split()
    return (int(state[11]) + int(state[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(root: Path) -> float:
    """Give the most megabytes that the emulator has had in memory."""
    pid = launch.status(root).pid
    state = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s*(\d+) kB", state)
    assert peak is not None
    return int(peak[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
