"""What holding an output against its source costs, in CPU, beside its encode: h264, 720p.

Once by streams, times and decoding alone, and once with pictures and sound compared as well.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from batchff.ffmpeg.demuxers import encode_script
from batchff.model.inspection import StreamKind
from batchff.model.recipes import PromisedStream, Recipe
from batchff.node.recipe_file import recipe_file
from tests.benchmarks.measuring import Bar, Report, arguments
from tests.recipes import preset_recipe

BARS = {"without pictures": 0.10, "with pictures": 0.18}


def cpu_of(command: list[str], folder: Path) -> float:
    """Return the seconds of CPU that a command and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def promising(recipe: Recipe, *, compares: bool) -> Recipe:
    """Return the recipe with what is known of the source, and whether that is compared."""
    streams = (PromisedStream(StreamKind.VIDEO, 0), PromisedStream(StreamKind.AUDIO, 1))
    kinds = ("pictures", "levels", "sound") if compares else ()
    promise = replace(recipe.outputs[0].promise, streams=streams, compare=kinds)
    return replace(recipe, outputs=(replace(recipe.outputs[0], promise=promise),))


def main() -> None:
    given = arguments(__doc__, seconds=60)
    recipe = preset_recipe("h264")
    run = [word.replace("{input}", "input.mkv") for word in recipe.runs[0].arguments]
    report = Report("proof")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = f"testsrc2=s=1280x720:r=25:d={given.seconds},noise=alls=8:allf=t"
        made = ["-f", "lavfi", "-i", film, "-f", "lavfi", "-i", f"sine=d={given.seconds}"]
        quick = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-c:a", "aac"]
        subprocess.run(
            ["ffmpeg", "-v", "error", *made, "-pix_fmt", "yuv420p", *quick, "input.mkv"],
            cwd=folder, check=True,
        )  # fmt: skip
        (folder / "encode.sh").write_bytes(encode_script())
        alone = cpu_of(["ffmpeg", "-nostdin", "-y", *run], folder)
        report.medians["encode alone, s of CPU"] = alone
        for what, bar in BARS.items():
            asked = promising(recipe, compares=what == "with pictures")
            (folder / "recipe.txt").write_bytes(recipe_file(asked))
            proved = cpu_of(["sh", "encode.sh", "input.mkv", "-"], folder)
            report.medians[f"proof {what}, s of CPU"] = proved - alone
            report.bars.append(Bar(f"proof {what}", (proved - alone) / alone * 100, bar * 100, "%"))
    report.print(given.json)
    if not all(bar.is_met for bar in report.bars):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
