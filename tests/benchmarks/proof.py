"""What holding an output against its source costs, in CPU, beside the encode by h264 at 720p."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from pathlib import Path

from batchff.ffmpeg.demuxers import encode_script
from batchff.node.recipe_file import recipe_file
from tests.benchmarks.measuring import arguments
from tests.recipes import preset_recipe

BAR = 0.10


def cpu_of(command: list[str], folder: Path) -> float:
    """Return the seconds of CPU that a command and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    given = arguments(__doc__, seconds=60)
    recipe = preset_recipe("h264")
    run = [word.replace("{input}", "input.mkv") for word in recipe.runs[0].arguments]
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
        (folder / "recipe.txt").write_bytes(recipe_file(recipe))
        alone = cpu_of(["ffmpeg", "-nostdin", "-y", *run], folder)
        proved = cpu_of(["sh", "encode.sh", "input.mkv", "-"], folder)
        share = (proved - alone) / alone
        print(
            f"{os.cpu_count()} cores; encode alone {alone:.1f} s of CPU, with proof {proved:.1f} s"
        )
        print(f"the proof takes {share:.1%} of the encode's CPU; at most {BAR:.0%}")
        if share > BAR:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
