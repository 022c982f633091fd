"""What it costs to look into files while they are uploaded: with and without, in turns.

Both are a process of its own each time, against one Azurite in memory, which BATCHFF_AZURITE names.
The files are films: each is the same one, with other bytes in a box that nobody reads.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from tests.azurite import running_azurite
from tests.benchmarks.measuring import Bar, Report, arguments, note
from tests.benchmarks.transfers import MIB, Client, Server, Spent


@dataclass(frozen=True, slots=True)
class Films:
    """Films of one size."""

    name: str
    count: int
    size: int
    bar: float

    def write(self, folder: Path) -> None:
        film = _film(folder.parent / "film.mp4", self.size)
        for number in range(self.count):
            path = folder / f"{number % 20}" / f"clip {number}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            free = random.randbytes(self.size - len(film) - 8)
            box = (len(free) + 8).to_bytes(4, "big") + b"free" + free
            path.write_bytes(film + box)


SETS = (
    Films("2,000 × 64 KiB", 2000, 64 * 1024, 1.4),
    Films("40 × 25 MiB", 40, 25 * MIB, 1.03),
)


def _film(path: Path, size: int) -> bytes:
    """Return a film of nearly that size, with a picture and a sound."""
    seconds = 2 if size < MIB else 20
    rate = size * 8 * 0.9 / seconds
    words = [
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:d={seconds},noise=alls=60:allf=t"),
        *("-f", "lavfi", "-i", f"sine=d={seconds}", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-b:v", f"{rate * 0.8:.0f}", "-maxrate", f"{rate * 0.8:.0f}"),
        *("-bufsize", f"{rate * 0.2:.0f}", "-c:a", "aac", "-b:a", "24k"),
    ]
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *words, path], check=True)
    film = path.read_bytes()
    if len(film) > size - 8:
        sys.exit(f"the film of {size} bytes has {len(film)}")
    return film


def _client(name: str, direction: str) -> Client:
    stage = [sys.executable, "-m", "tests.benchmarks.transfer_stage", direction]
    return Client(
        name,
        "",
        lambda server, folder, container: [*stage, str(folder), container],
        lambda server, folder, container: [],
        lambda server: {"BATCHFF_STORAGE_CONNECTION_STRING": server.connection_string},
    )


def measure(films: Films, azurite: str, rounds: int, report: Report) -> None:
    """Upload films with and without a look, in turns; add what it took to a report."""
    clients = [_client("upload", "up"), _client("inspection", "look")]
    spent: dict[str, list[Spent]] = {"upload": [], "inspection": []}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        source = Path(scratch, "source")
        source.mkdir()
        films.write(source)
        for number in range(rounds):
            home = Path(scratch, f"server-{number}", "home")
            home.mkdir(parents=True)
            turns = clients[number % 2 :] + clients[: number % 2]
            with running_azurite(azurite, home.parent, "--inMemoryPersistence") as url:
                server = Server(url, home)
                for client in turns:
                    server.make_container(client.name)
                    took = client.run(client.upload, server, source, client.name)
                    spent[client.name].append(took)
                    note(f"{films.name}, {client.name}: {took.wall:.2f} s, {took.cpu:.2f} s CPU")
    for name, each in spent.items():
        report.medians[f"{films.name}, {name}, s"] = statistics.median(one.wall for one in each)
    pairs = zip(spent["inspection"], spent["upload"], strict=True)
    ratio = statistics.median(look.wall / up.wall for look, up in pairs)
    report.bars.append(Bar(f"{films.name}, with a look", ratio, films.bar, "times"))


def main() -> None:
    given = arguments(__doc__, rounds=5)
    azurite = os.environ.get("BATCHFF_AZURITE") or shutil.which("azurite-blob")
    if azurite is None:
        sys.exit("Azurite is needed: put azurite-blob on PATH, or name it in BATCHFF_AZURITE")
    report = Report("inspection")
    for films in SETS:
        measure(films, azurite, given.rounds, report)
    report.print(given.json)


if __name__ == "__main__":
    main()
