"""What an estimate says against what comes out: the 20 sources of `quality.py`, each by itself.

Each source is estimated within 30 s, and then encoded whole with the same arguments: how far size
and CPU seconds were off, and how many of the spreads hold the truth. `--vmaf` asks for a quality:
the whole is encoded by `encode.sh`, which finds the CRF. Footage as there, in FOLDER.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.ffmpeg.quality import with_quality
from batchff.ffmpeg.sampling import sample
from batchff.model.inspection import Inspection, pixels_a_second
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Recipe
from batchff.pipeline.estimate.pieces import Work
from batchff.pipeline.estimate.trying import BUDGET, LONGER, try_pieces
from tests.benchmarks.footage import BUNDLED
from tests.benchmarks.measuring import Bar, Report, note
from tests.benchmarks.quality import ENCODERS, SOURCES, encoded, fetch_footage, make_source
from tests.node.chunked import recipe_for

CRFS = {"x264": 23, "svt-av1": 35}
MOST, MOST_VMAF = 20.0, 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(SOURCES))
    parser.add_argument("--encoders", default=",".join(ENCODERS))
    parser.add_argument("--vmaf", type=float)
    parser.add_argument("--budget", type=float, default=BUDGET)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    fetch_footage(given.folder)
    sizes, times, held = [], [], 0
    for name in given.only.split(","):
        source = make_source(name, given.folder)
        for encoder in given.encoders.split(","):
            line, suffix = ENCODERS[encoder]
            recipe = recipe_for(source, line.format(crf=CRFS[encoder]), suffix)
            size, cpu = _whole(source, recipe, encoder, given.vmaf, given.folder)
            if given.vmaf:
                recipe = with_quality(recipe, AskedQuality(Metric.VMAF, given.vmaf))
            budget = given.budget * (LONGER if given.vmaf else 1.0)
            began = time.monotonic()
            found = try_pieces([_work(source, recipe)], Path(BUNDLED), budget)
            took = time.monotonic() - began
            sizes.append((found.bytes.likely / size - 1) * 100)
            times.append((found.cpu_seconds.likely / cpu - 1) * 100)
            held += found.bytes.low <= size <= found.bytes.high
            note(
                f"{name}, {encoder}: size {sizes[-1]:+.1f} %, CPU {times[-1]:+.1f} %, "
                f"{found.pieces} pieces in {took:.1f} s"
            )
    most = MOST_VMAF if given.vmaf else MOST
    report = Report("estimate")
    report.medians = {"estimates": len(sizes), "whose spread holds the size": held}
    report.bars = [
        Bar("size, 9 of 10 are off by less than", _ninth(sizes), most, "%"),
        Bar("CPU, 9 of 10 are off by less than", _ninth(times), most, "%"),
    ]
    report.print(given.json)


def _ninth(errors: list[float]) -> float:
    ordered = sorted(map(abs, errors))
    return ordered[min(round(0.9 * len(ordered)), len(ordered) - 1)]


def _whole(
    source: Path, recipe: Recipe, encoder: str, vmaf: float | None, folder: Path
) -> tuple[int, float]:
    """Return how large a source becomes, and the CPU seconds of one encode."""
    if vmaf is None:
        whole = sample(recipe, source, Path(BUNDLED), time.monotonic() + 3600)
        return round(whole.rate * whole.seconds), whole.cpu
    node = folder / "node-estimate"
    found = encoded(source, encoder, vmaf, node)
    shutil.rmtree(node)
    return found.size, found.encode


def _work(source: Path, recipe: Recipe) -> Work:
    with Inspectors() as inspectors:
        inspection = inspectors.inspect(source)
    assert isinstance(inspection, Inspection)
    seconds = inspection.duration or 0.0
    size = source.stat().st_size
    return Work(source.name, source, recipe, seconds, size, pixels_a_second(inspection))


if __name__ == "__main__":
    main()
