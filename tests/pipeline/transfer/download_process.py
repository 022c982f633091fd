"""One download in a process of its own, which can be held or killed in the middle of it.

Takes a folder, a container and the paths of outputs that are folders; the connection string is in
BATCHFF_STORAGE_CONNECTION_STRING. Says `begun` once bytes have come, waits for a line, and at last
says how many outputs were unchanged.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchff.cloud.storage import connect_storage
from batchff.events import Event
from batchff.events.download import BytesDownloaded
from batchff.model.items import Output
from batchff.pipeline.names import output_blob
from batchff.pipeline.outputs import output_place
from batchff.pipeline.transfer.download import download
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer


def main() -> None:
    folder, container, *folders = sys.argv[1:]
    first = threading.Lock()

    def hold(event: Event) -> None:
        if isinstance(event, BytesDownloaded) and first.acquire(blocking=False):
            print("begun", flush=True)
            sys.stdin.readline()

    storage = connect_storage(os.environ["BATCHFF_STORAGE_CONNECTION_STRING"])
    downloaded = download(
        output_place("job", container),
        folder=Path(folder),
        storage=storage,
        reporter=Recorder(hold),
        planned=[Output(path, output_blob("job", path), is_folder=True) for path in folders],
    )
    print(downloaded.unchanged)


@contextmanager
def begun_download(
    source: StorageServer, folder: Path, *folders: str
) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has begun to download a file, and waits for a line on its stdin.

    `folders` are those outputs that are folders.
    """
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.pipeline.transfer.download_process",
            str(folder),
            source.container,
            *folders,
        ],
        env=os.environ | {"BATCHFF_STORAGE_CONNECTION_STRING": source.connection_string()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    main()
