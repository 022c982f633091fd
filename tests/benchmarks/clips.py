"""How long a submit of 24 clips of 8 s takes on two slots, beside `xargs -P2 ffmpeg`.

Both run ffmpeg with the same arguments, and each round has other clips. A submit looks into the
clips, uploads and encodes them, holds each output against its source, and downloads it. The footage
is Debian's opencv-doc.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from batchff.emulator.launch.connection import Connection
from tests.benchmarks.measuring import Bar, Report, arguments, emulator, note, seconds

FOOTAGE = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
FOOTAGE_PICTURES = 795
CLIPS = 24
SECONDS = 8
SLOTS = 2
LINE = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")


def main() -> None:
    given = arguments(__doc__, rounds=3)
    if not FOOTAGE.exists():
        sys.exit("real footage is needed: apt-get install opencv-doc")
    ratios, taken = [], {"submit": list[float](), "xargs -P2": list[float]()}
    with emulator() as (root, connection), tempfile.TemporaryDirectory("-benchmark") as folder:
        ffmpeg = str(root / "bin" / "ffmpeg")
        environment = settings(connection)
        for number in range(given.rounds):
            clips = make_clips(Path(folder, f"clips-{number}"), ffmpeg, CLIPS * number)
            turns = {
                "submit": lambda clips=clips: submit(clips, environment),
                "xargs -P2": lambda clips=clips: run_xargs(clips, ffmpeg),
            }
            for name in list(turns)[:: -1 if number % 2 else 1]:
                taken[name].append(seconds(turns[name]))
                note(f"{name}: {taken[name][-1]:.2f} s")
            ratios.append(taken["submit"][-1] / taken["xargs -P2"][-1])
    report = Report("clips")
    report.medians = {name: statistics.median(each) for name, each in taken.items()}
    report.bars = [Bar("submit / xargs -P2", statistics.median(ratios), 1.3, "×")]
    report.print(given.json)


def settings(connection: Connection) -> dict[str, str]:
    """Give the environment of a client of the emulator."""
    return {
        **os.environ,
        "BATCHFF_BATCH_ACCOUNT": connection.batch_account,
        "BATCHFF_BATCH_ENDPOINT": connection.batch_endpoint,
        "BATCHFF_BATCH_KEY": connection.batch_key,
        "BATCHFF_STORAGE_CONNECTION_STRING": connection.storage_connection_string,
        "BATCHFF_POOL_NODES": "1",
        "BATCHFF_POOL_SLOTS": str(SLOTS),
    }


def make_clips(folder: Path, ffmpeg: str, seed: int) -> Path:
    """Make clips of real footage, each from another place and in other colours."""
    folder.mkdir()
    for number in range(seed, seed + CLIPS):
        place = f"trim=start_frame={number * 37 % (FOOTAGE_PICTURES - 25 * SECONDS)}"
        words = [
            *(
                "-r",
                "25",
                "-i",
                str(FOOTAGE),
                "-f",
                "lavfi",
                "-i",
                f"anoisesrc=c=pink:seed={number}",
            ),
            *("-vf", f"{place},setpts=PTS-STARTPTS,scale=640:360,hue=h={number * 5 % 360}"),
            *("-t", str(SECONDS), "-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", str(folder / f"clip {number}.mp4")),
        ]
        subprocess.run([ffmpeg, "-nostdin", "-v", "error", *words], check=True)
    return folder


def submit(clips: Path, environment: Mapping[str, str]) -> None:
    out = clips.with_name(f"{clips.name}-submitted")
    words = ["submit", str(clips), "--out", str(out), "--suffix", ".mp4", "--", *LINE]
    subprocess.run(
        [sys.executable, "-m", "batchff", "--json", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert len(list(out.rglob("*.mp4"))) == CLIPS


def run_xargs(clips: Path, ffmpeg: str) -> None:
    out = clips.with_name(f"{clips.name}-xargs")
    out.mkdir()
    names = "\0".join(path.stem for path in sorted(clips.iterdir()))
    line = [ffmpeg, "-nostdin", "-v", "error", "-i", f"{clips}/{{}}.mp4", *LINE, f"{out}/{{}}.mp4"]
    subprocess.run(["xargs", "-0", f"-P{SLOTS}", "-I{}", *line], input=names, text=True, check=True)
    assert len(list(out.iterdir())) == CLIPS


if __name__ == "__main__":
    main()
