"""Films joined from chunks against the same encoded whole: nothing may differ.

24 sources, two presets and a line, two ffmpegs; every part is encoded by `encode.sh` and joined by
`join.sh`. What differs in a join is counted: frames, times, streams with all that is said of them,
and packets of sound and of all else. `--most N` takes only the first N sources;
with `--proved 0`, ffmpeg alone encodes the parts, in a fraction of the time.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.model.recipes import Recipe
from tests.benchmarks.footage import BUNDLED, clip, run
from tests.benchmarks.measuring import Bar, Report, arguments, note
from tests.node.chunked import JoinNode, Task, made_at_once, made_by_node, recipe_for, tasks_of

# Written down before anything was measured, and not changed after. {film.x} is another source, or a
# clip of opencv-doc; each has 4 s or more.
_SINE = "-f lavfi -i sine=d=5"
_ABOUT = "about.txt"
_SMALL = "scale=192:-2"


def _x264(more: str = "", keys: int = 24) -> str:
    """Return x264 with a key each second or less."""
    added = f":{more}" if more else ""
    return f"-c:v libx264 -preset veryfast -x264-params keyint={keys}:min-keyint={keys // 2}{added}"


_TEST = "-f lavfi -i testsrc2=s=192x108:d=5"
_AAC = "-c:a aac -b:a 64k"
SOURCES = {
    # real footage
    "23.976.mp4": f"-i {{Megamind.avi}} -t 6 -vf {_SMALL} {_x264()} {_AAC}",
    "29.97.mov": f"-i {{box.mp4}} -t 6 -vf {_SMALL},fps=30000/1001 {_x264(keys=30)} -c:a pcm_s16le",
    "vfr.mp4": f"-i {{cup.mp4}} -vf {_SMALL},select=mod(n\\,7)*mod(n\\,4) -fps_mode vfr "
    f"-enc_time_base 1/90000 {_x264()} {_AAC}",
    "open-gop.mp4": f"-i {{Megamind.avi}} -t 6 -vf {_SMALL} {_x264('open-gop=1:bframes=3')} {_AAC}",
    "b-pyramid.mkv": f"-i {{box.mp4}} -t 6 -vf {_SMALL} "
    f"{_x264('bframes=6:b-pyramid=normal:b-adapt=2')} -c:a libopus",
    "10fps.mp4": f"-i {{vtest.avi}} -t 12 -vf {_SMALL} {_x264(keys=20)}",
    "15fps-hevc.mp4": f"-i {{tree.avi}} -t 10 -vf {_SMALL} -c:v libx265 -preset veryfast "
    "-x265-params log-level=none:keyint=30:open-gop=1 -tag:v hvc1",
    "broken-start.ts": f"-i {{Megamind.avi}} -t 6 -vf {_SMALL} {_x264()} {_AAC}",
    "edit-list.mp4": "-ss 1.3 -i {open-gop.mp4} -c copy",
    "rotated.mov": "-display_rotation 90 -i {29.97.mov} -c copy",
    "odd-size.mp4": "-i {box.mp4} -t 6 -vf scale=191:107 -pix_fmt yuv444p "
    f"{_x264(keys=30)} {_AAC}",
    "vp9.webm": f"-i {{vtest.avi}} -t 8 -vf {_SMALL} -c:v libvpx-vp9 -deadline realtime "
    "-cpu-used 8 -g 10",
    # test pictures
    "24.mkv": f"{_TEST}:r=24 {_SINE} {_x264()} {_AAC}",
    "25.mov": f"{_TEST}:r=25 {_SINE} {_x264()} -c:a pcm_s16le -timecode 01:00:00:00",
    "50.mp4": f"{_TEST}:r=50 {_SINE} {_x264('bframes=4', 50)} {_AAC}",
    "59.94.mp4": f"{_TEST}:r=60000/1001 {_SINE} {_x264('bframes=4', 60)} {_AAC}",
    "60.mkv": f"{_TEST}:r=60 {_SINE} {_x264(keys=60)} {_AAC}",
    "interlaced.ts": "-f lavfi -i testsrc2=s=192x108:r=50:d=5 -vf "
    "tinterlace=interleave_top,setfield=tff -c:v mpeg2video -flags +ilme+ildct -g 12 -bf 2 -r 25",
    "hdr10.mp4": f"{_TEST}:r=25 -vf format=yuv420p10le,setparams=color_primaries=bt2020:"
    "colorspace=bt2020nc:color_trc=smpte2084 -c:v libx265 -preset veryfast -tag:v hvc1 "
    "-x265-params log-level=none:keyint=25:hdr10=1:repeat-headers=1:colorprim=bt2020:"
    "transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)",
    "one-frame.mp4": f"{_TEST} -frames:v 1 {_x264()}",
    "many-streams.mkv": f"{_TEST} {_SINE} {_SINE} -i lines.srt -i lines.srt -map 0 -map 1 -map 2 "
    f"-map 3 -map 4 {_x264()} -c:a:0 aac -c:a:1 ac3 -c:s srt -metadata:s:a:0 language=eng "
    "-metadata:s:a:1 language=fre -metadata:s:a:1 title=Commentary -disposition:a:1 comment "
    "-metadata:s:s:0 language=ger -disposition:s:1 forced",
    "chapters.mp4": f"{_TEST} {_SINE} -i {_ABOUT} -map 0 -map 1 -map_metadata 2 {_x264()} {_AAC}",
    "late.mp4": f"-itsoffset 0.72 {_TEST} {_SINE} -map 0 -map 1 {_x264('open-gop=1')} {_AAC}",
    "intra.mov": f"{_TEST}:r=25 -c:v mjpeg -pix_fmt yuvj420p",
}
_LINES = "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nYou\n"
_CHAPTERS = (
    ";FFMETADATA1\ntitle=Film\nartist=Somebody\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=14\n"
    "title=One\n[CHAPTER]\nTIMEBASE=1/10\nSTART=14\nEND=50\ntitle=Two\n"
)
ASKED = {
    "h264": ("h264", ""),
    "hevc": ("hevc", ""),
    "line": (
        "-map 0:v:0 -map 0:a? -map 0:s? -c:v libx264 -preset veryfast -c:a copy -c:s srt",
        ".mkv",
    ),
}
SECONDS = 1.0
LEAST = 4
"""Chunks that a film of so many keys must come to."""


def sources(folder: Path) -> dict[str, Path]:
    """Make all sources in a folder."""
    (folder / "lines.srt").write_text(_LINES)
    (folder / _ABOUT).write_text(_CHAPTERS)
    for name, line in SOURCES.items():
        words = []
        for word in shlex.split(line.replace("\\", "\\\\")):
            named = re.fullmatch(r"\{(.+)\}", word)
            if named:
                word = str(folder / named[1] if named[1] in SOURCES else clip(named[1], folder))
            words.append(word)
        run(folder, *words, name)
    broken = folder / "broken-start.ts"
    content = broken.read_bytes()
    broken.write_bytes(content[188 * 40 + 77 :])
    return {name: folder / name for name in SOURCES}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of a film."""

    frames: int
    times: list[str]
    others: list[str]
    streams: list[str]


def facts(ffmpeg: Path, film: Path) -> Facts:
    """Read a film's packets, and what is said of it."""
    quiet = ["-nostdin", "-v", "error", "-copyts", "-i", str(film)]
    packets = ["-map", "0", "-c", "copy", "-f", "framecrc", "-"]
    text = subprocess.run([ffmpeg, *quiet, *packets], capture_output=True, text=True).stdout
    lines = [re.sub(r"\s+", "", line) for line in text.splitlines()]
    video = next(line for line in lines if line.startswith("#media_type") and "video" in line)
    number = re.sub(r"\D", "", video.partition(":")[0])
    ticks = {
        found[1]: Fraction(found[2])
        for line in lines
        if (found := re.match(r"#tb(\d+):(.+)", line))
    }
    own, others = [], []
    for line in lines:
        if line.startswith("#"):
            continue
        stream, _, shown, *content = line.split(",")
        time = f"{float(int(shown) * ticks[stream]):.6f}"
        if stream == number:
            own.append(time)
        else:
            # How long it is isn't compared: muxers round that of the last one.
            others.append(",".join((stream, time, *content[1:])))
    said = subprocess.run([ffmpeg, "-hide_banner", "-i", film], capture_output=True, text=True)
    told = re.sub(
        r"(, )?\d+ kb/s|Duration: .*|.*Input #0.*|.*DURATION .*| @ 0x[0-9a-f]+", "", said.stderr
    )
    return Facts(len(own), sorted(own, key=float), sorted(others), sorted(told.splitlines()))


def compared(whole: Facts, joined: Facts) -> dict[str, int]:
    """Count what differs."""

    def differing(one: list[str], other: list[str]) -> int:
        here, there = Counter(one), Counter(other)
        return (here - there).total() + (there - here).total()

    return {
        "frames": abs(whole.frames - joined.frames),
        "times": differing(whole.times, joined.times),
        "sound and other packets": differing(whole.others, joined.others),
        "streams, tags, dispositions": differing(whole.streams, joined.streams),
    }


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a source: how many chunks, what differs; or why it isn't cut."""

    chunks: int = 0
    differs: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def deviations(self) -> int:
        return sum(count for _, count in self.differs)


def tried(ffmpeg: Path, source: Path, recipe: Recipe, folder: Path, is_proved: bool) -> Tried:
    """Encode a source whole and in chunks; compare."""
    make = made_by_node if is_proved else made_at_once
    try:
        chunks, rest = tasks_of(source, recipe, SECONDS)
    except CannotCut as error:
        return Tried(reason=f"not cut: {error}")
    try:
        made = [make(ffmpeg, each, folder / f"{n}") for n, each in enumerate(chunks)]
        others = make(ffmpeg, rest, folder / "rest")
        all_ = Task(source.read_bytes(), source.suffix, recipe)
        whole = make(ffmpeg, all_, folder / "whole")
    except (RuntimeError, subprocess.CalledProcessError) as error:
        return Tried(len(chunks), (("a part can't be encoded", 1),), str(error))
    node = JoinNode(folder / "join", ffmpeg)
    node.receive_parts(recipe, made, others)
    code, said = node.join(str(len(made)), f"rest{others.suffix}", made[0].suffix, "chunks")
    if code != 0:
        return Tried(len(chunks), (("can't be joined", 1),), said[-400:])
    differs = compared(facts(ffmpeg, whole), facts(ffmpeg, node.made / whole.name))
    return Tried(len(chunks), tuple((name, count) for name, count in differs.items() if count))


def main() -> None:
    given = arguments(__doc__, most=len(SOURCES), proved=1)
    report = Report("chunks")
    ffmpegs = {"9": Path(BUNDLED)}
    if own := shutil.which("ffmpeg"):
        ffmpegs["5"] = Path(own)
    deviations, joined, cut = 0, 0, set()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        (Path(scratch) / "sources").mkdir()
        made = sources(Path(scratch) / "sources")
        for name in list(SOURCES)[: given.most]:
            for asked, (what, suffix) in ASKED.items():
                recipe = recipe_for(made[name], what, suffix)
                for version, ffmpeg in ffmpegs.items():
                    folder = Path(scratch) / "work"
                    found = tried(ffmpeg, made[name], recipe, folder, given.proved > 0)
                    shutil.rmtree(folder, ignore_errors=True)
                    deviations += found.deviations
                    if found.chunks and not found.deviations:
                        joined += 1
                        cut.add(name)
                    what_differs = ", ".join(f"{count} {each}" for each, count in found.differs)
                    end = what_differs or found.reason or f"the same, of {found.chunks} chunks"
                    note(f"{name}, {asked}, ffmpeg {version}: {end}\n{found.reason}".rstrip())
    report.medians = {"sources that are cut": len(cut), "joins that are the same": joined}
    report.bars.append(Bar("deviations", deviations, 0, ""))
    report.print(given.json)


if __name__ == "__main__":
    main()
