"""A job's plan as one blob: a line for each item, so that any machine knows all of them.

The blob is `<job>/plan.jsonl.gz` in the output container: JSON lines, compressed. The first line
says the format's version, each other one is an item: its source, its outputs, its tasks, or why it
isn't encoded. Names of files are here and in blobs' names, and nowhere in metadata.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import (
    WHOLE_SOURCE,
    Beside,
    Cut,
    Item,
    ItemTask,
    NodeFile,
    Output,
    Side,
    Work,
)
from batchff.model.jobs import JobStatus, NotEncoded
from batchff.pipeline.job.graph import all_outputs, not_encoded_in, not_plain
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import job_prefix

VERSION = 2
"""Raised when a reader of the version before would misread a plan.

A plan without outputs of earlier jobs is as in version 1, and says so.
"""

# A million files take some 60 MB.
_LONGEST = 1024 * 1024 * 1024
# Level 6 takes twice the time and saves a tenth.
_LEVEL = 3


def plan_blob(job: str) -> str:
    """Return the name of a job's plan."""
    return f"{job_prefix(job)}plan.jsonl.gz"


def send_plan(
    job: str, items: Iterable[Item], container: str, storage: Storage, to: str = ""
) -> None:
    """Write a job's plan, in place of what is there; `to` is where its outputs go, if elsewhere."""
    facts = BlobFacts(job, to=to)
    storage.upload_bytes(container, plan_blob(job), write_plan(items), facts.metadata())


def fetch_plan(job: str, container: str, storage: Storage) -> tuple[Item, ...]:
    """Return a job's items; raise NotFoundError where its plan is gone."""
    content = storage.read_piece(container, plan_blob(job), 0, _LONGEST)
    if content is None:
        raise NotFoundError(
            f"the plan of job {job!r} is gone from container {container!r}",
            hint="submit the files as a new job",
        )
    return tuple(read_plan(content))


def planned_outputs(job: JobStatus, storage: Storage) -> tuple[Output, ...]:
    """Return the outputs of a job, or of the one that it retries, as far as names don't say them.

    In the job's own folder each blob is an output: those are returned that are folders, get their
    source's time, or are in the folder of an earlier job that made them. At a place that the user
    named, all are.
    """
    facts = job.batchff
    if facts is None or not (
        facts.folders or facts.timed or facts.first_job or facts.to or facts.done_outputs
    ):
        return ()
    items = fetch_plan(first_job_of(job), facts.output_container, storage)
    return all_outputs(items) if facts.to else not_plain(items)


def not_encoded_files(job: JobStatus, storage: Storage) -> tuple[NotEncoded, ...]:
    """Return the files of a job that have no task, and why; a retry has none of its own."""
    facts = job.batchff
    if facts is None or not facts.not_encoded or facts.first_job:
        return ()
    return not_encoded_in(fetch_plan(job.id, facts.output_container, storage))


def write_plan(items: Iterable[Item]) -> bytes:
    """Return a plan's content; the same items give the same bytes."""
    items = tuple(items)
    version = VERSION if any(item.done for item in items) else 1
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=_LEVEL, mtime=0) as lines:
        for line in ({"v": version}, *map(_written, items)):
            lines.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())
            lines.write(b"\n")
    return content.getvalue()


def read_plan(content: bytes) -> Iterator[Item]:
    """Yield the items of a plan; raise NotFoundError where this version can't read it."""
    with gzip.open(io.BytesIO(content), "rt", encoding="utf-8") as lines:
        version = json.loads(next(lines))["v"]
        if version not in range(1, VERSION + 1):
            raise NotFoundError(
                f"the job's plan is written in another way (version {version})",
                hint="use the batchff that made the job",
            )
        for line in lines:
            yield _item(json.loads(line))


def _written(item: Item) -> dict[str, Any]:
    """What is empty is left out: most of a plan's lines are of the simplest kind."""
    line: dict[str, Any] = {"source": item.relative, "size": item.size, "blob": item.input_blob}
    if item.outputs:
        line["outputs"] = [
            [output.relative, output.blob, *([True] if output.is_folder else [])]
            for output in item.outputs
        ]
        if item.outputs[0].modified_ns is not None:
            line["modified"] = item.outputs[0].modified_ns
    if item.beside:
        line["beside"] = [[file.name, file.blob, file.size] for file in item.beside]
    if item.tasks:
        line["tasks"] = [_written_task(task) for task in item.tasks]
    if item.done:
        line["done"] = item.done
    if item.not_encoded:
        line["not_encoded"] = item.not_encoded
    if item.is_salvageable:
        line["salvageable"] = True
    if item.lacks:
        line["lacks"] = item.lacks
    if item.seconds is not None:
        line["seconds"] = item.seconds
    return line


def _written_task(task: ItemTask) -> dict[str, Any]:
    line: dict[str, Any] = {"id": task.id}
    if task.makes:
        line["makes"] = task.makes
    if task.recipe:
        line["recipe"] = task.recipe
    if task.depends_on:
        line["after"] = task.depends_on
    if task.cut != WHOLE_SOURCE:
        line["cut"] = [
            None if time is None else str(time) for time in (task.cut.start, task.cut.end)
        ]
    if task.work is not None:
        line["work"] = {
            "command": task.work.command,
            "fetches": [_written_file(file) for file in task.work.fetches],
            "sends": [_written_file(file) for file in task.work.sends],
        }
    return line


def _item(line: dict[str, Any]) -> Item:
    return Item(
        relative=line["source"],
        size=line["size"],
        input_blob=line["blob"],
        outputs=tuple(
            _output(*output, modified_ns=line.get("modified")) for output in line.get("outputs", ())
        ),
        tasks=tuple(_task(task) for task in line.get("tasks", ())),
        not_encoded=line.get("not_encoded", ""),
        is_salvageable=line.get("salvageable", False),
        beside=tuple(Beside(*file) for file in line.get("beside", ())),
        lacks=tuple(line.get("lacks", ())),
        done=tuple(line.get("done", ())),
        seconds=line.get("seconds"),
    )


def _output(
    relative: str, blob: str, is_folder: bool = False, *, modified_ns: int | None
) -> Output:
    return Output(relative, blob, is_folder, modified_ns)


def _task(line: dict[str, Any]) -> ItemTask:
    work = line.get("work")
    return ItemTask(
        line["id"],
        tuple(line.get("makes", ())),
        tuple(line.get("after", ())),
        work
        and Work(
            work["command"],
            tuple(_file(*file) for file in work["fetches"]),
            tuple(_file(*file) for file in work["sends"]),
        ),
        line.get("recipe", 0),
        Cut(*(None if time is None else Decimal(time) for time in line.get("cut", ()))),
    )


def _written_file(file: NodeFile) -> list[str | bool]:
    fields: list[str | bool] = [file.name, file.blob, file.side]
    if file.content_type or file.is_folder:
        fields.append(file.content_type)
    return [*fields, *([True] if file.is_folder else [])]


def _file(
    name: str, blob: str, side: str, content_type: str = "", is_folder: bool = False
) -> NodeFile:
    return NodeFile(name, blob, Side(side), content_type, is_folder)
