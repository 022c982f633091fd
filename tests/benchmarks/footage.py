"""Real footage for benchmarks: the clips that Debian's package opencv-doc carries."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

_FOLDER = Path("/usr/share/doc/opencv-doc")
_PLACES = {
    "tree.avi": "examples/data/tree.avi",
    "Megamind.avi": "examples/data/Megamind.avi",
    "vtest.avi": "examples/data/vtest.avi",
    "cup.mp4": "opencv4/html/cup.mp4.gz",
    "box.mp4": "opencv4/html/box.mp4.gz",
}
BUNDLED = imageio_ffmpeg.get_ffmpeg_exe()


def clip(name: str, folder: Path) -> Path:
    """Return a clip by its name; one that is packed is unpacked into the folder."""
    source = _FOLDER / _PLACES[name]
    if not source.exists():
        sys.exit(f"{source} is needed: install Debian's package opencv-doc")
    if source.suffix != ".gz":
        return source
    unpacked = folder / name
    if not unpacked.exists():
        unpacked.write_bytes(gzip.decompress(source.read_bytes()))
    return unpacked


def run(folder: Path, *words: str | Path) -> None:
    """Run the bundled ffmpeg in a folder; raises where it fails."""
    quiet = ["-nostdin", "-v", "error", "-y"]
    subprocess.run([BUNDLED, *quiet, *map(str, words)], cwd=folder, check=True)


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a clip."""

    clip: str
    begin: float
    seconds: float


_LENGTHS = {"Megamind.avi": 11.0, "vtest.avi": 79.0, "cup.mp4": 8.0, "box.mp4": 15.0}


def scenes(seed: int, seconds: float) -> list[Scene]:
    """Choose parts of 1 to 7 s of four clips, as long as asked for together."""
    chance = random.Random(seed)
    found: list[Scene] = []
    while (left := seconds - sum(each.seconds for each in found)) >= 1:
        name = chance.choice(sorted(set(_LENGTHS) - {found[-1].clip if found else ""}))
        length = min(round(chance.uniform(1, 7), 1), left)
        begin = round(chance.uniform(0, _LENGTHS[name] - length), 1)
        found.append(Scene(name, begin, length))
    return found


def film_of(parts: list[Scene], output: Path, size: str, *words: str) -> None:
    """Encode parts one after the other, at 25 fps and one size, with these arguments."""
    inputs: list[str | Path] = []
    graph = ""
    width, height = size.split("x")
    for number, part in enumerate(parts):
        place = clip(part.clip, output.parent)
        inputs += ["-ss", str(part.begin), "-t", str(part.seconds), "-i", place]
        graph += (
            f"[{number}:v:0]fps=25,scale={width}:{height}:force_original_aspect_ratio=increase,"
            f"crop={width}:{height},setsar=1,format=yuv420p[v{number}];"
        )
    graph += "".join(f"[v{number}]" for number in range(len(parts)))
    graph += f"concat=n={len(parts)}:v=1:a=0[v]"
    run(output.parent, *inputs, "-filter_complex", graph, "-map", "[v]", *words, output)
