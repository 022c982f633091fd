"""What a ladder of five sizes costs: one run of the preset hls beside a run for each size.

The single runs have the ladder's own arguments. Each decodes the film and scales it by itself.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from batchff.ffmpeg.presets import find_preset, resolve
from batchff.ffmpeg.trial import bundled_ffmpeg
from tests.benchmarks.measuring import Bar, Report, arguments, cpu_seconds, note

FOOTAGE = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
LIMITS = {"medium": 0.80, "veryfast": 0.62}
FOR_ALL = ("-map", "-var_stream_map", "-master_pl_name")


def film(folder: Path, ffmpeg: Path, seconds: int) -> Path:
    """Make a film as cameras do: 1080p at 24 Mbit/s, with a moving picture and some noise."""
    source = ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25"]
    if FOOTAGE.exists():
        source = ["-ss", "10", "-i", str(FOOTAGE)]
    moving = (
        "fps=25,scale=2112:1188:flags=lanczos,"
        "crop=1920:1080:x=96+96*sin(t/2):y=54+54*cos(t/3),noise=alls=4:allf=t,format=yuv420p"
    )
    made = folder / "film.mp4"
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "24M", "-an"]
    words = [*source, "-t", str(seconds), "-vf", moving, *encoder, str(made)]
    cpu_seconds([ffmpeg, "-nostdin", "-v", "error", *words])
    return made


def ladder(speed: str) -> tuple[str, ...]:
    """Return the arguments of the preset's one run."""
    (run,) = resolve(find_preset("hls").preset, {"speed": speed, "sound": "no"}).runs
    return run.arguments


def alone(whole: tuple[str, ...], number: int, height: str) -> Iterator[str]:
    """Yield the arguments for one size: those of the ladder, but for what is for other sizes."""
    graph = whole[whole.index("-filter_complex") + 1].split(";")
    (scaled,) = (chain for chain in graph if f"[v{height}]" in chain)
    before = graph[0].removeprefix("[0:V:0]").removesuffix("[rest]")
    filters = f"{before},{scaled.removeprefix('[rest]').partition('[v')[0].removesuffix(',split')}"
    for option, value in zip(whole[:-1:2], whole[1:-1:2], strict=True):
        of_one = re.fullmatch(r"(-\w+:v):(\d)", option)
        if option == "-filter_complex":
            yield from ("-map", "0:V:0", "-filter:v:0", filters)
        elif of_one is not None:
            if of_one[2] == str(number):
                yield from (f"{of_one[1]}:0", value)
        elif option not in FOR_ALL:
            yield from (option, value.replace("%v", height))
    yield whole[-1].replace("%v", height)


def main() -> None:
    given = arguments(__doc__, seconds=20, rounds=3)
    ffmpeg = bundled_ffmpeg()
    assert ffmpeg is not None
    report = Report("ladder")
    with tempfile.TemporaryDirectory(prefix="ladder-") as name:
        folder = Path(name)
        source = film(folder, ffmpeg, given.seconds)

        def run(words: Iterator[str]) -> float:
            shutil.rmtree(folder / "hls", ignore_errors=True)
            filled = [str(source) if word == "{input}" else word for word in words]
            # ffmpeg makes the folders of several variants itself.
            (folder / filled[-1].replace("/%v", "")).parent.mkdir(parents=True)
            return cpu_seconds([ffmpeg, "-nostdin", "-v", "error", *filled], folder)

        for speed, limit in LIMITS.items():
            whole = ladder(speed)
            variants = whole[whole.index("-var_stream_map") + 1]
            sizes = re.findall(r"v:(\d),name:(\d+)", variants)
            assert len(sizes) == 5
            found: list[tuple[float, float]] = []
            for number in range(given.rounds):
                once = run(iter(whole)) if number % 2 else 0.0
                each = [run(alone(whole, int(at), height)) for at, height in sizes]
                found.append((once or run(iter(whole)), sum(each)))
                note(f"{speed}: {found[-1][0]:.1f} s once, {found[-1][1]:.1f} s one by one")
            report.medians[f"{speed}: ladder, CPU s"] = statistics.median(a for a, _ in found)
            report.medians[f"{speed}: five runs, CPU s"] = statistics.median(b for _, b in found)
            ratio = statistics.median(a / b for a, b in found)
            report.bars.append(Bar(f"ladder / five runs, {speed}", ratio, limit, "× CPU"))
    report.print(given.json)


if __name__ == "__main__":
    main()
