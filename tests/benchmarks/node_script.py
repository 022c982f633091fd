"""What encode.sh costs a task, beside a bare ffmpeg that makes the same and one that decodes it."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from batchff.ffmpeg.demuxers import encode_script
from batchff.ffmpeg.trial import bundled_ffmpeg
from batchff.model.recipes import Recipe
from batchff.node.recipe_file import recipe_file
from tests.benchmarks.measuring import Bar, Report, arguments, cpu_seconds, note
from tests.recipes import preset_recipe

CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"
QUIET = ("-nostdin", "-v", "error", "-y")
RECIPES = {
    "mp3": (preset_recipe("mp3"), ("-i", "sound.mp3")),
    "75 pictures": (
        preset_recipe("thumbnails", interval="0.04"),
        ("-i", "thumbnails/%05d.jpg"),
    ),
}
# Pictures are decoded 16 at a time by the script, and all by one ffmpeg beside it.
LIMITS = {
    ("mp3", "wall"): 2,
    ("mp3", "CPU"): 1.5,
    ("75 pictures", "wall"): 3,
    ("75 pictures", "CPU"): 3,
}


def task(folder: Path, ffmpeg: Path, recipe: Recipe) -> Callable[[], float]:
    """Prepare a task's working directory; return what runs the task there, as a node does."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "ffmpeg").symlink_to(ffmpeg)
    work = folder / "wd"
    work.mkdir()
    shutil.copy(CLIP, work / "input.mp4")
    (work / "encode.sh").write_bytes(encode_script())
    (work / "recipe.txt").write_bytes(recipe_file(recipe))
    path = f"PATH={programs}:{os.environ['PATH']}"
    size = str(CLIP.stat().st_size)

    def run() -> float:
        with open(folder / "stderr.txt", "wb") as said:
            return cpu_seconds(["env", path, "sh", "encode.sh", "input.mp4", size], work, said)

    return run


def bare(folder: Path, ffmpeg: Path, recipe: Recipe, made: tuple[str, ...]) -> Callable[[], float]:
    """Prepare a folder; return what makes the same there, and decodes it."""
    for each in ("", *recipe.folders):
        (folder / each).mkdir(parents=True, exist_ok=True)

    def run() -> float:
        words = [str(CLIP) if word == "{input}" else word for word in recipe.runs[0].arguments]
        used = cpu_seconds([ffmpeg, *QUIET, *words], folder)
        return used + cpu_seconds([ffmpeg, *QUIET, *made, "-f", "null", "-"], folder)

    return run


def timed(run: Callable[[], float]) -> tuple[float, float]:
    """Return the seconds that it took, and those of the CPU."""
    started = time.perf_counter()
    used = run()
    return time.perf_counter() - started, used


def main() -> None:
    given = arguments(__doc__, rounds=25)
    ffmpeg = bundled_ffmpeg()
    assert ffmpeg is not None
    report = Report("node_script")
    with tempfile.TemporaryDirectory(prefix="node-") as name:
        for what, (recipe, made) in RECIPES.items():
            folder = Path(name, what)
            scripted = task(folder / "node", ffmpeg, recipe)
            plain = bare(folder / "bare", ffmpeg, recipe, made)
            walls: list[tuple[float, float]] = []
            used: list[tuple[float, float]] = []
            for number in range(given.rounds):
                if number % 2:
                    other, ours = timed(plain), timed(scripted)
                else:
                    ours, other = timed(scripted), timed(plain)
                walls.append((ours[0], other[0]))
                used.append((ours[1], other[1]))
                note(f"{what}: {ours[0]:.3f} s, bare {other[0]:.3f} s")
            for kind, pairs in (("wall", walls), ("CPU", used)):
                report.medians[f"{what}: encode.sh, {kind} s"] = statistics.median(
                    a for a, _ in pairs
                )
                report.medians[f"{what}: bare, {kind} s"] = statistics.median(b for _, b in pairs)
                ratio = statistics.median(a / b for a, b in pairs)
                limit = LIMITS[what, kind]
                report.bars.append(Bar(f"encode.sh / bare, {what}", ratio, limit, f"× {kind}"))
    report.print(given.json)


if __name__ == "__main__":
    main()
