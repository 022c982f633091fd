"""How long a submit takes beside its stages one after another, on a slow line.

The encoder is a stand-in that sleeps and writes; uploading, encoding and downloading take about as
long each.
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
from pathlib import Path
from urllib.parse import urlsplit

from batchff.emulator.launch.connection import Connection
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note
from tests.benchmarks.relay import SlowLine, relayed

FILES = 40
FILE_BYTES = 25_000_000
NODES = 8
LINE_BYTES_PER_SECOND = 16_000_000

TRANSFER_SECONDS = FILES * FILE_BYTES / LINE_BYTES_PER_SECOND
ENCODE_SECONDS = 0.9 * TRANSFER_SECONDS * NODES / FILES

# Called to encode, with the output last; to check it, with `-f null -` last.
STAND_IN = f"""#!/bin/sh
for last; do :; done
[ "$last" != - ] || exit 0
sleep {ENCODE_SECONDS}
head -c {FILE_BYTES} /dev/zero >"$last"
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended, its events with the seconds from its start."""

    seconds: float
    events: tuple[tuple[float, dict[str, object]], ...]

    def first(self, kind: str) -> float:
        return next(after for after, event in self.events if event["event"] == kind)


def main() -> None:
    given = arguments(__doc__, rounds=1)
    with (
        emulator() as (root, connection),
        relayed(
            urlsplit(connection.blob_endpoint).port or 0,
            up=SlowLine(LINE_BYTES_PER_SECOND),
            down=SlowLine(LINE_BYTES_PER_SECOND),
        ) as port,
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
    ):
        program = root / "bin" / "ffmpeg"
        program.unlink(missing_ok=True)
        program.write_text(STAND_IN)
        program.chmod(0o755)
        environment = settings(connection, port)
        work = Path(folder)
        staged = make_files(work / "staged")
        stages = run_stages(work, staged, environment)
        submitted = make_files(work / "submitted")
        ran = run(work, environment, "submit", str(submitted), "--out", "submitted-out")
    report = Report("submit_stream")
    report.medians = {**stages, "submit": ran.seconds}
    first_upload = ran.first("upload.file") - ran.first("upload.started")
    one_download = FILE_BYTES / LINE_BYTES_PER_SECOND
    alone = first_upload + ENCODE_SECONDS + one_download
    first_output = ran.first("download.file") - ran.first("upload.started")
    report.medians |= {"first upload": first_upload, "first output at home": first_output}
    report.bars = [
        Bar("submit / slowest stage", ran.seconds / max(stages.values()), 1.25, "×"),
        Bar("first output / its own way", first_output / alone, 1.3, "×"),
    ]
    report.print(given.json)


def settings(connection: Connection, blob_port: int) -> dict[str, str]:
    """Give the environment of a client whose line to the blobs is slow."""
    storage = connection.storage_connection_string
    fast = urlsplit(connection.blob_endpoint).netloc
    return {
        **os.environ,
        "BATCHFF_BATCH_ACCOUNT": connection.batch_account,
        "BATCHFF_BATCH_ENDPOINT": connection.batch_endpoint,
        "BATCHFF_BATCH_KEY": connection.batch_key,
        "BATCHFF_STORAGE_CONNECTION_STRING": storage.replace(fast, f"127.0.0.1:{blob_port}"),
        "BATCHFF_POOL_NODES": str(NODES),
        "BATCHFF_POOL_SLOTS": "1",
    }


def make_files(folder: Path) -> Path:
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:02}.mp4").write_bytes(os.urandom(FILE_BYTES))
    return folder


def run_stages(work: Path, files: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """Run one stage after the other; give the seconds of each."""
    run(work, environment, "pool", "create", "staged", "--wait")
    upload = run(work, environment, "upload", str(files), "--to", "staged")
    submit = run(
        work,
        environment,
        *["job", "submit", "--input", "staged", "--pool", "staged", "--job", "staged"],
    )
    watch = run(work, environment, "watch", "staged")
    download = run(work, environment, "download", "staged", "--to", "staged-out")
    run(work, environment, "cleanup", "staged", "--pool", "--inputs", "--outputs", "--yes")
    return {
        "upload": upload.seconds,
        "encode": submit.seconds + watch.seconds,
        "download": download.seconds,
    }


def run(work: Path, environment: Mapping[str, str], *words: str) -> Ran:
    """Run batchff in a process of its own."""
    note(" ".join(words))
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "batchff", "--json", *words],
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        events = tuple((time.perf_counter() - started, json.loads(line)) for line in process.stdout)
    assert process.returncode == 0, events[-1]
    ran = Ran(time.perf_counter() - started, events)
    note(f"  {ran.seconds:.1f} s")
    return ran


if __name__ == "__main__":
    main()
