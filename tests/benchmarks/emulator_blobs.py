"""Put Blob and Get Blob of the emulator and of Azurite, in turns, both with files on disk.

Azurite is `azurite-blob` on PATH, or what BATCHFF_AZURITE names.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from azure.storage.blob import ResourceTypes, generate_account_sas

from tests.azurite import ACCOUNT, KEY, running_azurite
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, interleaved

LARGE = 1024**3
SMALL = 64 * 1024
MANY = 1000
BUFFER = 1024**2


@dataclass
class Client:
    """Sends requests with a SAS, those of one run on one connection."""

    url: str
    account: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._http = http.client.HTTPConnection(address.netloc, blocksize=BUFFER)
        self._path = f"{address.path}/benchmark"
        self._sas = generate_account_sas(
            self.account,
            self.key,
            ResourceTypes(container=True, object=True),
            "rwdlc",
            datetime.now(UTC) + timedelta(days=1),
        )
        self._buffer = memoryview(bytearray(BUFFER))
        self._send("PUT", "?restype=container&")

    def run(self, case: Callable[[Client], None]) -> None:
        """Run a case on a new connection: one that waited meanwhile may have been closed."""
        self._http.close()
        case(self)

    def put(self, name: str, size: int) -> None:
        chunk = os.urandom(min(size, BUFFER))
        chunks = (chunk for _ in range(size // len(chunk)))
        self._send("PUT", f"/{name}?", chunks, size)

    def get(self, name: str, size: int) -> None:
        self._http.request("GET", f"{self._path}/{name}?{self._sas}")
        response = self._http.getresponse()
        read = 0
        while count := response.readinto(self._buffer):
            read += count
        if response.status != 200 or read != size:
            raise RuntimeError(f"Get Blob: {response.status}, {read} bytes")

    def put_many(self) -> None:
        for number in range(MANY):
            self.put(f"small-{number}", SMALL)

    def get_many(self) -> None:
        for number in range(MANY):
            self.get(f"small-{number}", SMALL)

    def _send(
        self, method: str, path: str, body: Iterator[bytes] | None = None, size: int = 0
    ) -> None:
        headers = {"Content-Length": str(size), "x-ms-version": "2021-12-02"}
        if body is not None:
            headers["x-ms-blob-type"] = "BlockBlob"
        self._http.request(method, f"{self._path}{path}{self._sas}", body, headers)
        response = self._http.getresponse()
        content = response.read()
        if response.status != 201:
            raise RuntimeError(f"{method}: {response.status} {content.decode()}")


CASES: dict[str, Callable[[Client], None]] = {
    "Put 1 GiB": lambda client: client.put("large", LARGE),
    "Get 1 GiB": lambda client: client.get("large", LARGE),
    "Put 1,000 × 64 KiB": Client.put_many,
    "Get 1,000 × 64 KiB": Client.get_many,
}


def main() -> None:
    given = arguments(__doc__, rounds=5)
    program = os.environ.get("BATCHFF_AZURITE") or shutil.which("azurite-blob")
    if program is None:
        sys.exit("Azurite is needed: put azurite-blob on PATH, or name it in BATCHFF_AZURITE")
    report = Report("emulator_blobs")
    report.versions |= {
        "node": _first_line("node", "--version"),
        "azurite": _first_line(program, "--version"),
    }
    with emulator() as (_, connection), azurite(program) as url:
        ours = Client(connection.blob_endpoint, connection.storage_account, connection.storage_key)
        theirs = Client(url, ACCOUNT, KEY)
        for name, case in CASES.items():
            medians = interleaved(
                {
                    f"{name}, emulator": partial(ours.run, case),
                    f"{name}, Azurite": partial(theirs.run, case),
                },
                given.rounds,
            )
            report.medians |= medians
            of_ours, of_theirs = medians.values()
            report.bars.append(Bar(f"{name}, to Azurite's time", of_ours / of_theirs, 1, "times"))
    report.print(given.json)


@contextmanager
def azurite(program: str) -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        running_azurite(program, Path(folder)) as url,
    ):
        yield url


def _first_line(*command: str) -> str:
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()[0]


if __name__ == "__main__":
    main()
