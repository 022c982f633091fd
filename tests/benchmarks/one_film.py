"""How long one film takes in chunks on two slots, beside ffmpeg with all processors.

90 s of 720p by x264 medium, `--chunk 10`. Both encode with the same arguments, sound included. A
submit also looks into the film, uploads it, proves each chunk and the joined film, and downloads
it. And how much all nodes fetch together, beside the film's size. The footage is Debian's
opencv-doc, in other colours each round.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.clips import FOOTAGE, settings
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note, seconds

SECONDS = 90
CHUNK = "10"
LINE = ("-c:v", "libx264", "-preset", "medium", "-c:a", "aac")


def main() -> None:
    given = arguments(__doc__, rounds=3)
    if not FOOTAGE.exists():
        sys.exit("real footage is needed: apt-get install opencv-doc")
    taken = {"in chunks": list[float](), "ffmpeg": list[float]()}
    ratios: list[float] = []
    fetched: list[float] = []
    with emulator() as (root, connection), tempfile.TemporaryDirectory("-benchmark") as folder:
        ffmpeg = str(root / "bin" / "ffmpeg")
        environment = settings(connection)
        for number in range(given.rounds):
            film = make_film(Path(folder, f"film-{number}"), ffmpeg, number)
            turns = {
                "in chunks": lambda film=film: submit(film, environment),
                "ffmpeg": lambda film=film: encode(film, ffmpeg),
            }
            for name in list(turns)[:: -1 if number % 2 else 1]:
                taken[name].append(seconds(turns[name]))
                note(f"{name}: {taken[name][-1]:.2f} s")
            ratios.append(taken["in chunks"][-1] / taken["ffmpeg"][-1])
            fetched.append(bytes_fetched(film / "film.mp4"))
    report = Report("one film")
    report.medians = {name: statistics.median(each) for name, each in taken.items()}
    report.bars = [
        Bar("in chunks / ffmpeg", statistics.median(ratios), 1.1, "×"),
        Bar("what nodes fetch / the film", max(fetched), 1.15, "×"),
    ]
    report.print(given.json)


def make_film(folder: Path, ffmpeg: str, seed: int) -> Path:
    """Make a film of real footage with a picture that needs no other every two seconds."""
    folder.mkdir()
    words = ["-stream_loop", "1", "-r", "10", "-i", str(FOOTAGE), "-f", "lavfi"]
    words += ["-i", f"anoisesrc=c=pink:seed={seed}:a=0.1:d={SECONDS}", "-t", str(SECONDS)]
    look = f"scale=1280:720,hue=h={37 * seed},fps=25"
    words += ["-vf", look, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "50"]
    path = folder / "film.mp4"
    subprocess.run(
        [ffmpeg, "-v", "error", *words, "-c:a", "aac", str(path)], check=True, cwd=folder
    )
    return folder


def submit(film: Path, environment: Mapping[str, str]) -> None:
    """Run a submit to its end."""
    command = [sys.executable, "-m", "batchff", "-q", "submit", str(film), "--yes", "--keep-pool"]
    command += ["--chunk", CHUNK, "--out", str(film / "out"), "--suffix", ".mp4", "--", *LINE]
    subprocess.run(
        command, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )


def bytes_fetched(film: Path) -> float:
    """Return how much all nodes fetch, in sizes of the film."""
    command = [sys.executable, "-m", "batchff", "--json", "inspect", str(film), "--chunks"]
    said = subprocess.run([*command, "--chunk", CHUNK], check=True, stdout=subprocess.PIPE).stdout
    [file] = json.loads(said.splitlines()[-1])["data"]["files"]
    chunks = file["chunks"]
    fetched: int = sum(each["bytes"] for each in chunks["chunks"]) + chunks["rest"]
    return fetched / film.stat().st_size


def encode(film: Path, ffmpeg: str) -> None:
    """Run ffmpeg with all processors."""
    made = film.parent / f"{film.name}-whole.mp4"
    command = [ffmpeg, "-v", "error", "-y", "-i", str(film / "film.mp4"), *LINE, str(made)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
