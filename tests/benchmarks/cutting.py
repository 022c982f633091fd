"""What cutting a film costs: how much larger it gets, and how much worse, by the length of chunks.

Each encoder makes a film whole, and of chunks that are joined by `join.sh`. Sizes are those of the
pictures alone; VMAF v1 compares with what was encoded. Nothing of it depends on the machine's load.
`--last N` takes only the last N films.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av

from batchff.ffmpeg.chunks.cuts import SHORTEST, with_enough_pictures
from batchff.model.recipes import Recipe
from tests.benchmarks.footage import BUNDLED, Scene, clip, film_of, run, scenes
from tests.benchmarks.measuring import Bar, Report, arguments, note
from tests.node.chunked import JoinNode, Task, made_at_once, opened, recipe_for, tasks_of

# Written down before anything was measured.
SEED = 15
ENCODERS = {
    "libx264 medium": "-c:v libx264 -preset medium",
    "libx265 medium": "-c:v libx265 -preset medium -x265-params log-level=none",
    "libsvtav1 8": "-c:v libsvtav1 -preset 8",
}
LENGTHS = (2, 4, 8, 15, 30)
MODEL = "version=vmaf_v1.0.16_3d0h"
MOST_SIZE, MOST_MEAN, MOST_P1 = 1.0, 0.1, 0.5


def street(folder: Path) -> Path:
    """A street from one place, 79.5 s at 768x576 and 10 fps, with a key each second."""
    film = folder / "street.mp4"
    keys = "-x264-params keyint=10:min-keyint=10:scenecut=0"
    run(
        folder,
        "-i",
        clip("vtest.avi", folder),
        *f"-an -crf 12 -pix_fmt yuv420p {keys}".split(),
        film,
    )
    return film


def edited(folder: Path) -> Path:
    """Scenes of 1 to 7 s of four clips, 75 s at 640x360 and 25 fps, with keys where they begin."""
    film = folder / "edited.mp4"
    parts: list[Scene] = scenes(SEED, 75)
    film_of(parts, film, "640x360", "-crf", "12", "-x264-params", "keyint=50:min-keyint=5")
    return film


def streets(folder: Path) -> Path:
    """The street three times, 238.5 s: `--chunk auto` cuts films of two minutes and more."""
    film = folder / "streets.mp4"
    run(folder, "-stream_loop", "2", "-i", street(folder), "-c", "copy", film)
    return film


def edited_long(folder: Path) -> Path:
    """As the edited film, 150 s of it: long enough to be cut by itself."""
    film = folder / "edited-long.mp4"
    parts: list[Scene] = scenes(SEED, 150)
    film_of(parts, film, "640x360", "-crf", "12", "-x264-params", "keyint=50:min-keyint=5")
    return film


SOURCES = {
    "street": (street, LENGTHS),
    "edited": (edited, LENGTHS),
    "streets": (streets, ()),
    "edited, long": (edited_long, ()),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What a film came to."""

    chunks: int
    size: int
    mean: float
    p1: float


def measured(film: Path, source: Path, chunks: int, folder: Path) -> Made:
    """Compare a film with what was encoded."""
    with av.open(film) as opened:
        size = sum(packet.size for packet in opened.demux(video=0))
    log = folder / "vmaf.json"
    graph = f"[0:v]settb=1/25,setpts=N[a];[1:v]settb=1/25,setpts=N[b];[a][b]libvmaf=model={MODEL}"
    graph += f":n_threads=2:log_fmt=json:log_path={log.name}"
    run(folder, "-i", film, "-i", source, "-lavfi", graph, "-f", "null", "-")
    frames = json.loads(log.read_text())["frames"]
    scores = sorted(frame["metrics"]["vmaf"] for frame in frames)
    return Made(chunks, size, statistics.fmean(scores), statistics.quantiles(scores, n=100)[0])


def usual(source: Path, recipe: Recipe) -> int:
    """Return how many seconds the chunks of a film have at least where nobody says it."""
    return math.ceil(with_enough_pictures(SHORTEST, opened(source, recipe)))


def cost(source: Path, line: str, lengths: tuple[int, ...], folder: Path) -> dict[int, Made]:
    """Return what a film came to whole, as 0 s, and by each length of chunks, the last as usual."""
    recipe = recipe_for(source, f"{line} -an", ".mp4")
    ffmpeg = Path(BUNDLED)
    whole = made_at_once(ffmpeg, Task(source.read_bytes(), ".mp4", recipe), folder / "whole")
    found = {0: measured(whole, source, 1, folder)}
    for length in sorted({*lengths, usual(source, recipe)}):
        place = folder / str(length)
        chunks, rest = tasks_of(source, recipe, length)
        made = [made_at_once(ffmpeg, each, place / f"{n}") for n, each in enumerate(chunks)]
        node = JoinNode(place / "join", ffmpeg)
        node.receive_parts(recipe, made, made_at_once(ffmpeg, rest, place / "rest"))
        code, said = node.join(str(len(made)), "rest.mp4", made[0].suffix, "chunks")
        if code != 0:
            raise RuntimeError(said)
        joined = node.made / recipe.outputs[0].node_name
        found[length] = measured(joined, source, len(made), folder)
        shutil.rmtree(place)
    return found


def main() -> None:
    given = arguments(__doc__, last=len(SOURCES))
    report = Report("cutting")
    print("| film | encoder | chunks of | chunks | size | VMAF mean | VMAF P1 |")
    print("|---|---|---|---|---|---|---|")
    for name, (source, lengths) in list(SOURCES.items())[-given.last :]:
        for encoder, line in ENCODERS.items():
            with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
                folder = Path(scratch)
                found = cost(source(folder), line, lengths, folder)
            whole = found.pop(0)
            label = f"| {name} | {encoder} |"
            print(f"{label} whole | 1 | {whole.size:,} | {whole.mean:.2f} | {whole.p1:.2f} |")
            for length, made in found.items():
                size = (made.size / whole.size - 1) * 100
                print(
                    f"{label} {length} s | {made.chunks} | {size:+.2f} % "
                    f"| {made.mean - whole.mean:+.3f} | {made.p1 - whole.p1:+.3f} |",
                    flush=True,
                )
            # The last length is what batchff takes by itself.
            if made.chunks > 1:
                report.bars += [
                    Bar(f"{name}, {encoder}, size", size, MOST_SIZE, "%"),
                    Bar(f"{name}, {encoder}, mean", whole.mean - made.mean, MOST_MEAN, "less"),
                    Bar(f"{name}, {encoder}, P1", whole.p1 - made.p1, MOST_P1, "less"),
                ]
            note(f"{name}, {encoder}: done")
    report.print(given.json)


if __name__ == "__main__":
    main()
