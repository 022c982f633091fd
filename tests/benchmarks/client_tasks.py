"""What a large job's tasks cost the client: to add them, and to watch them.

Tasks are batchff's own, each with its input's SAS, beside the SDK's helper and, where its program
is named, `az batch task create` with the same tasks in a file.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch.task_options import task_document
from batchff.emulator.launch.connection import Connection
from batchff.emulator.simulation.settings import Simulation, Span
from batchff.errors import TimedOutError
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.make import create_job
from batchff.pipeline.job.tasks import TaskMaker
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.watch.watch import Watching, watch_to_end
from tests.benchmarks.jobs import planned, pool_spec, services
from tests.benchmarks.measuring import Bar, Report, emulator, interleaved, note
from tests.benchmarks.relay import Meter, relayed
from tests.benchmarks.silent import Silent

NODES = 200


def main() -> None:
    given = parse()
    report = Report("client_tasks")
    with emulator() as (_, connection):
        adding(connection, given.tasks, given.rounds, given.az, report)
    # A task ends each second or so, while the client looks.
    simulation = Simulation(node_boot_time=Span(1, 1))
    with emulator(simulation) as (_, connection):
        watching(connection, given.watched, report)
    report.print(given.json)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--tasks", type=int, default=20_000, help="to add (default: %(default)s)")
    parser.add_argument("--watched", type=int, default=100_000, help="to watch")
    parser.add_argument("--rounds", type=int, default=3, help="of adding (default: %(default)s)")
    parser.add_argument("--az", help="the azure-cli's program")
    return parser.parse_args()


def adding(connection: Connection, tasks: int, rounds: int, az: str | None, report: Report) -> None:
    batch, storage = services(connection)
    credential = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    client = BatchClient(connection.batch_endpoint, credential)
    names = [f"job-{number:03}" for number in range(3 * rounds)]
    # Which files there are is planned before any task is added. The others get their tasks' whole
    # documents made, too, for a job whose name is as long; batchff makes its own while it adds.
    jobs = {name: planned(name, "none", tasks) for name in names}
    plan, items = planned("job-all", "none", tasks)
    maker = TaskMaker(plan, storage, plan.limits, datetime.now(UTC))
    documents = [task_document(maker.task(item, task)) for item in items for task in item.tasks]
    options = [models.BatchTaskCreateOptions(document) for document in documents]
    # Who adds has only its own objects gone through by the collector, not what others were given.
    gc.freeze()

    def new_job() -> str:
        job = names.pop()
        create_job(*jobs[job], batch, storage, Silent())
        return job

    def by_batchff() -> None:
        add_all(*jobs[new_job()], batch, storage, Silent())

    def by_sdk() -> None:
        client.create_tasks(new_job(), options, max_concurrency=8)

    actions = {"batchff": by_batchff, "create_tasks": by_sdk}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if az is not None:
            file = Path(folder, "tasks.json")
            file.write_text(json.dumps(documents))
            environment = {**os.environ, **connection.environment(), "AZURE_CONFIG_DIR": folder}

            def by_az() -> None:
                words = ["task", "create", "--job-id", new_job(), "--json-file", str(file)]
                subprocess.run(
                    [az, "batch", *words], env=environment, check=True, stdout=subprocess.DEVNULL
                )

            actions["az batch task create"] = by_az
        medians = interleaved(actions, rounds)
    report.medians |= {f"adding by {name}, tasks/s": tasks / medians[name] for name in medians}
    ours = medians["batchff"]
    report.bars.append(Bar("adding / create_tasks", ours / medians["create_tasks"], 1, "×"))
    if az is not None:
        ratio = ours / medians["az batch task create"]
        report.bars.append(Bar("adding / az batch task create", ratio, 1 / 3, "×"))


def watching(connection: Connection, tasks: int, report: Report) -> None:
    up, down = Meter(), Meter()
    with relayed(urlsplit(connection.batch_endpoint).port or 0, up, down) as port:
        batch, storage = services(connection)
        plan, items = planned("watched", "watched", tasks)
        ensure_pool(plan.pool, pool_spec(NODES), batch, Silent())
        create_job(plan, items, batch, storage, Silent())
        add_all(plan, items, batch, storage, Silent())
        note(f"{tasks} tasks added")
        batch, storage = services(connection, f"http://127.0.0.1:{port}")
        list(batch.tasks.all(plan.job))
        whole = up.requests, down.bytes
        note(f"all listed: {whole[0]} requests, {whole[1]} bytes")
        looks: list[tuple[int, int]] = []
        before = [(up.requests, down.bytes)]

        def pause(seconds: float) -> None:
            now = up.requests, down.bytes
            looks.append((now[0] - before[0][0], now[1] - before[0][1]))
            before[0] = now
            time.sleep(seconds)

        try:
            watch_to_end(plan.job, batch, storage, Silent(), Watching(timeout=120, pause=pause))
        except TimedOutError:
            note(f"{len(looks)} looks")
    later = looks[1:]
    requests = statistics.mean(look[0] for look in later)
    size = statistics.mean(look[1] for look in later)
    report.medians |= {"looks": len(later), "requests a look": requests, "bytes a look": size}
    report.bars += [
        Bar("requests a look / listing all", requests / whole[0], 0.01, "×"),
        Bar("bytes a look / listing all", size / whole[1], 0.01, "×"),
    ]


if __name__ == "__main__":
    main()
