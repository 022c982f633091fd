"""Uploads and downloads by batchff, rclone and azcopy, in turns, against one Azurite in memory.

Programs are looked for on PATH, or where BATCHFF_AZURITE, BATCHFF_RCLONE and BATCHFF_AZCOPY say; a
peer that isn't there is left out. All check MD5s, and each is run as a process of its own, with all
it takes to start.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.storage.blob import BlobServiceClient, ResourceTypes, generate_account_sas

from tests.azurite import ACCOUNT, KEY, running_azurite
from tests.benchmarks.measuring import Bar, Report, arguments, note
from tests.benchmarks.transfer_stage import INPUT_SET

MIB = 1024**2
OURS = "batchff"
AGAIN = 0.15


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files of one size."""

    name: str
    count: int
    size: int

    @property
    def gibibytes(self) -> float:
        return self.count * self.size / 1024**3

    def write(self, folder: Path) -> None:
        for number in range(self.count):
            path = folder / f"{number % 20}" / f"clip {number}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for start in range(0, self.size, MIB):
                    file.write(random.randbytes(min(MIB, self.size - start)))


SETS = (
    FileSet("2,000 × 64 KiB", 2000, 64 * 1024),
    FileSet("40 × 25 MiB", 40, 25 * MIB),
    FileSet("1 × 1 GiB", 1, 1024 * MIB),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Server:
    """A service with an empty container for each client."""

    url: str
    home: Path

    @property
    def connection_string(self) -> str:
        return f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url}"

    def make_container(self, name: str) -> None:
        BlobServiceClient.from_connection_string(self.connection_string).create_container(name)

    def url_of(self, path: str) -> str:
        sas = generate_account_sas(
            ACCOUNT,
            KEY,
            ResourceTypes(service=True, container=True, object=True),
            "rwlc",
            datetime.now(UTC) + timedelta(hours=1),
        )
        return f"{self.url}/{path}?{sas}"


Command = Callable[[Server, Path, str], list[str]]
"""The words that move files between a folder and a container."""


@dataclass(frozen=True, slots=True)
class Client:
    """A program that uploads and downloads trees."""

    name: str
    version: str
    upload: Command
    download: Command
    environment: Callable[[Server], dict[str, str]] = field(default=lambda server: {})

    def run(self, command: Command, server: Server, folder: Path, container: str) -> Spent:
        words = command(server, folder, container)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        done = subprocess.run(
            words,
            env=dict(os.environ) | {"HOME": str(server.home)} | self.environment(server),
            capture_output=True,
            text=True,
        )
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{self.name} failed:\n{done.stdout}{done.stderr}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Spent(wall, cpu)


def ours() -> Client:
    stage = [sys.executable, "-m", "tests.benchmarks.transfer_stage"]
    return Client(
        OURS,
        "",
        lambda server, folder, container: [*stage, "up", str(folder), container],
        lambda server, folder, container: [*stage, "down", str(folder), container],
        lambda server: {"BATCHFF_STORAGE_CONNECTION_STRING": server.connection_string},
    )


def rclone(program: str) -> Client:
    # As many at a time as batchff has; by default it has four, and takes longer.
    copy = [program, "copy", "--transfers=16", "--checkers=16", "--config=/dev/null"]
    return Client(
        "rclone",
        _first_line(program, "version"),
        lambda server, folder, container: [
            *(*copy, str(folder), f":azureblob:{container}/{INPUT_SET}"),
        ],
        lambda server, folder, container: [
            *(*copy, f":azureblob:{container}/{INPUT_SET}", str(folder)),
        ],
        lambda server: {
            "RCLONE_AZUREBLOB_ACCOUNT": ACCOUNT,
            "RCLONE_AZUREBLOB_KEY": KEY,
            "RCLONE_AZUREBLOB_ENDPOINT": server.url,
        },
    )


def azcopy(program: str) -> Client:
    copy = [program, "copy", "--recursive", "--output-level=quiet", "--log-level=NONE"]
    return Client(
        "azcopy",
        _first_line(program, "--version"),
        lambda server, folder, container: [
            *(*copy, f"{folder}/*", server.url_of(f"{container}/{INPUT_SET}")),
            *("--from-to=LocalBlob", "--put-md5"),
        ],
        lambda server, folder, container: [
            *(*copy, server.url_of(f"{container}/{INPUT_SET}/*"), str(folder)),
            *("--from-to=BlobLocal", "--check-md5=FailIfDifferentOrMissing"),
        ],
    )


class Measurement:
    """Runs of one set of files by all clients, in turns."""

    def __init__(self, files: FileSet, clients: list[Client], azurite: str) -> None:
        self._files = files
        self._clients = clients
        self._azurite = azurite
        self._spent: dict[tuple[str, str], list[Spent]] = defaultdict(list)

    def run(self, rounds: int) -> None:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
            source = Path(scratch, "source")
            self._files.write(source)
            for number in range(rounds):
                # A new server each time: it keeps all in memory, and nothing stands there.
                # Each comes first as often as the others: a server that has sent much is slower.
                first = number % len(self._clients)
                turns = self._clients[first:] + self._clients[:first]
                with self._server(Path(scratch, f"server-{number}")) as server:
                    self._round(turns, server, source)

    def _round(self, clients: list[Client], server: Server, source: Path) -> None:
        for client in clients:
            server.make_container(client.name)
            self._spend("upload", client, client.upload, server, source, client.name)
            if client.name == OURS:
                self._spend("second upload", client, client.upload, server, source, OURS)
        if OURS not in (client.name for client in clients):
            return
        for client in clients:
            with tempfile.TemporaryDirectory(prefix="benchmark-") as target:
                self._spend("download", client, client.download, server, Path(target), OURS)
                count = sum(path.is_file() for path in Path(target).rglob("*"))
                if count != self._files.count:
                    sys.exit(f"{client.name} brought {count} of {self._files.count} files")

    def _spend(
        self,
        doing: str,
        client: Client,
        command: Command,
        server: Server,
        folder: Path,
        container: str,
    ) -> None:
        spent = client.run(command, server, folder, container)
        self._spent[doing, client.name].append(spent)
        note(
            f"{doing} of {self._files.name}, {client.name}: "
            f"{spent.wall:.2f} s, {spent.cpu:.2f} s of CPU"
        )

    @contextmanager
    def _server(self, folder: Path) -> Iterator[Server]:
        home = folder / "home"
        home.mkdir(parents=True)
        with running_azurite(self._azurite, folder, "--inMemoryPersistence") as url:
            yield Server(url, home)

    def add_to(self, report: Report) -> None:
        for (doing, client), spent in self._spent.items():
            name = f"{doing} of {self._files.name}, {client}"
            report.medians[f"{name}, s"] = statistics.median(each.wall for each in spent)
            report.medians[f"{name}, CPU s/GiB"] = (
                statistics.median(each.cpu for each in spent) / self._files.gibibytes
            )
        for doing in ("upload", "download") if len(self._clients) > 1 else ():
            name = f"{doing} of {self._files.name}, to the best peer's"
            report.bars += [
                Bar(f"{name} time", self._ratio(doing, lambda each: each.wall), 1, "times"),
                Bar(f"{name} CPU", self._ratio(doing, lambda each: each.cpu), 1, "times"),
            ]
        if self._files.count > 1:
            first, second = (
                report.medians[f"{doing} of {self._files.name}, {OURS}, s"]
                for doing in ("upload", "second upload")
            )
            name = f"second upload of {self._files.name}, to the first"
            report.bars.append(Bar(name, second / first, AGAIN, "times"))

    def _ratio(self, doing: str, figure: Callable[[Spent], float]) -> float:
        """Give our figure, to the best peer's of the same round; the median of the rounds.

        From one round to the next the machine's speed changes more than that of a client.
        """
        rounds = zip(*(self._spent[doing, client.name] for client in self._clients), strict=True)
        assert self._clients[0].name == OURS
        return statistics.median(figure(ours) / min(map(figure, peers)) for ours, *peers in rounds)


def main() -> None:
    given = arguments(__doc__, rounds=5)
    azurite = _program("azurite-blob", "BATCHFF_AZURITE")
    if azurite is None:
        sys.exit("Azurite is needed: put azurite-blob on PATH, or name it in BATCHFF_AZURITE")
    report = Report("transfers")
    report.versions |= {"azurite": _first_line(azurite, "--version")}
    clients = [ours()]
    for name, variable, make in (
        ("rclone", "BATCHFF_RCLONE", rclone),
        ("azcopy", "BATCHFF_AZCOPY", azcopy),
    ):
        program = _program(name, variable)
        if program is None:
            note(f"without {name}: it isn't on PATH, and {variable} names none")
            continue
        clients.append(make(program))
        report.versions[name] = clients[-1].version
    for files in SETS:
        measurement = Measurement(files, clients, azurite)
        measurement.run(given.rounds)
        measurement.add_to(report)
    report.print(given.json)


def _program(name: str, variable: str) -> str | None:
    return os.environ.get(variable) or shutil.which(name)


def _first_line(*command: str) -> str:
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()[0]


if __name__ == "__main__":
    main()
