"""What nodes say of files that are encoded all the same: warnings, and what was salvaged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.events.jobs import FileTold
from batchff.model.jobs import JobOutcome, Told
from batchff.node.files import TOLD_FILE
from batchff.node.log_tail import printable_lines
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.names import told_prefix

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_LONGEST = 8192
_SALVAGED = "salvaged: "


def with_told(
    outcome: JobOutcome, folder: str, container: str, storage: Storage, reporter: Reporter
) -> JobOutcome:
    """Report what nodes said of files that are encoded, and return the outcome with that.

    `folder` is the job in whose folder its outputs are.
    """
    told = find_told(folder, container, storage)
    for each in told:
        reporter.report(FileTold(each.file, each.words, each.is_salvaged))
    return replace(outcome, told=told)


def find_told(folder: str, container: str, storage: Storage) -> tuple[Told, ...]:
    """Return what nodes said of files that are encoded; a request, and one for each of these."""
    prefix = told_prefix(folder)
    blobs = list(storage.list_blobs(container, prefix))
    if not blobs:
        return ()
    files = {
        task.id: item.relative
        for item in fetch_plan(folder, container, storage)
        for task in item.tasks
    }
    told = []
    for blob in blobs:
        task = blob.name.removeprefix(prefix).removesuffix(f"/{TOLD_FILE}")
        said = storage.read_piece(container, blob.name, 0, _LONGEST) or b""
        lines = printable_lines(said.decode("utf-8", "replace"))
        words = tuple(dict.fromkeys(line.removeprefix(_SALVAGED) for line in lines))
        is_salvaged = any(line.startswith(_SALVAGED) for line in lines)
        told.append(Told(files.get(task, task), words, is_salvaged))
    return tuple(sorted(told, key=lambda each: each.file))
