"""One stage in a process of its own, as a command has it: a direction, a folder, a container.

`up` uploads, `look` uploads and looks into the files meanwhile, `down` downloads.

The connection string is in BATCHFF_STORAGE_CONNECTION_STRING.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path

from batchff.cloud.storage import connect_storage
from batchff.model.files import Source
from batchff.pipeline.inspect.meanwhile import look_meanwhile
from batchff.pipeline.inspect.stored import send_inspections
from batchff.pipeline.outputs import output_place
from batchff.pipeline.transfer.download import download
from batchff.pipeline.transfer.upload import upload
from tests.benchmarks.silent import Silent

JOB = "job"
INPUT_SET = f"{JOB}/media"
"""Uploaded files have the names that a job's outputs have."""


def files_in(folder: Path) -> list[Source]:
    """Every file below a folder, with the facts that a plan has."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        status = path.stat()
        relative = path.relative_to(folder).as_posix()
        found.append(Source(path, relative, status.st_size, status.st_mtime_ns))
    return found


def main() -> None:
    direction, folder, container = sys.argv[1:]
    storage = connect_storage(os.environ["BATCHFF_STORAGE_CONNECTION_STRING"])
    if direction == "down":
        place = output_place(JOB, container)
        download(place, folder=Path(folder), storage=storage, reporter=Silent())
        return
    files = files_in(Path(folder))
    looking = look_meanwhile(files) if direction == "look" else nullcontext()
    with looking as looked:
        for _ in upload(
            files,
            input_set=INPUT_SET,
            container=container,
            storage=storage,
            reporter=Silent(),
        ):
            pass
        content = looked.result().content if looked else b""
    send_inspections(content, INPUT_SET, container, storage)


if __name__ == "__main__":
    main()
