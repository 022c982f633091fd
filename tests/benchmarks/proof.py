"""What holding an output against its source costs, in CPU, beside its encode: h264, 720p.

Once by streams, times and decoding alone, and once with pictures and sound compared as well.
"""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from batchff.ffmpeg.demuxers import encode_script
from batchff.model.inspection import StreamKind
from batchff.model.recipes import PromisedStream, Recipe
from batchff.node.recipe_file import recipe_file
from tests.benchmarks.measuring import Bar, Report, arguments
from tests.recipes import preset_recipe

BARS = {"without pictures": 0.10, "with pictures": 0.18}


# Says how much CPU the encode took of what the whole script does: two runs are unlike where a
# processor is busy with other things.
STAND_IN = """#!/bin/sh
{ffmpeg} "$@" || exit
case " $* " in *' -progress '*) times >encode-times ;; esac
"""


def cpu_of(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds of CPU that a script takes, and those of the encode in it."""
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    children = (folder / "made" / "encode-times").read_text().splitlines()[1]
    times = re.findall(r"(\d+)m([\d.]+)s", children)
    return total, sum(int(minutes) * 60 + float(seconds) for minutes, seconds in times)


def promising(recipe: Recipe, *, compares: bool) -> Recipe:
    """Return the recipe with what is known of the source, and whether that is compared."""
    streams = (PromisedStream(StreamKind.VIDEO, 0), PromisedStream(StreamKind.AUDIO, 1))
    kinds = ("pictures", "levels", "sound") if compares else ()
    promise = replace(recipe.outputs[0].promise, streams=streams, compare=kinds)
    return replace(recipe, outputs=(replace(recipe.outputs[0], promise=promise),))


def main() -> None:
    given = arguments(__doc__, seconds=60, bundled=0)
    recipe = preset_recipe("h264")
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
        (folder / "bin").mkdir()
        real = imageio_ffmpeg.get_ffmpeg_exe() if given.bundled else str(shutil.which("ffmpeg"))
        (folder / "bin" / "ffmpeg").write_text(STAND_IN.format(ffmpeg=shlex.quote(real)))
        (folder / "bin" / "ffmpeg").chmod(0o755)
        for what, bar in BARS.items():
            asked = promising(recipe, compares=what == "with pictures")
            (folder / "recipe.txt").write_bytes(recipe_file(asked))
            total, encode = cpu_of(["sh", "encode.sh", "input.mkv", "-"], folder)
            share = (total - encode) / encode * 100
            report.medians[f"encode {what}, s of CPU"] = encode
            report.medians[f"proof {what}, s of CPU"] = total - encode
            report.bars.append(Bar(f"proof {what}", share, bar * 100, "%"))
    report.print(given.json)
    if not all(bar.is_met for bar in report.bars):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
