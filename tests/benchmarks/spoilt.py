"""How many spoilt outputs the node's proof catches, and how many good ones it blames.

A stand-in for ffmpeg runs the real one on the source, and then once more on a spoilt source; what
that makes is put where the output is before the node's script checks it. Which source, preset and
kind of spoiling come together is drawn from the seed.
"""

from __future__ import annotations

import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from batchff.ffmpeg.demuxers import encode_script
from batchff.ffmpeg.fit import PresetMaker
from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.look import look, set_up
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.model.inspection import Inspection
from batchff.model.recipes import Recipe
from batchff.node.recipe_file import recipe_file
from tests.benchmarks.measuring import Bar, Report, arguments, note

REAL = Path("/usr/share/doc/opencv-doc/examples/data")
PICTURES = (
    "testsrc2=s={w}x{h}:r=25:d={d}",
    "testsrc2=s={w}x{h}:r=30000/1001:d={d},negate,hflip,noise=alls=12:allf=t",
    "mandelbrot=s={w}x{h}:r=25:start_scale=0.3:end_scale=0.02:end_pts=250,trim=duration={d}",
    "life=s={w}x{h}:r=25:mold=10:ratio=0.2:death_color=#303060:life_color=#e0d080:seed=7"
    ",trim=duration={d}",
    "cellauto=s={w}x{h}:r=24:rule=110:seed=3,trim=duration={d}",
    "gradients=s={w}x{h}:r=25:speed=0.05:n=4:seed=5:d={d}",
    "smptehdbars=s=640x360:r=25:d={d},crop={w}:{h}:x=t*40:y=t*20",
    "testsrc=s={w}x{h}:r=12:d={d},hue=H=t",
)
SOUNDS = (
    "aevalsrc='0.4*sin(2*PI*(300+120*floor(4*t))*t)*(0.3+0.7*mod(floor(3*t),2))':s=48000:d={d}",
    "anoisesrc=d={d}:a=0.4:c=pink:seed=4,tremolo=f=1.7:d=0.9",
    "aevalsrc='0.5*sin(2*PI*(200+400*t)*t)':s=44100:d={d}",
    "anoisesrc=d={d}:a=0.3:c=brown:seed=9,volume='0.2+0.8*abs(sin(2.3*t+t*t))':eval=frame",
    "aevalsrc='0.4*sin(2*PI*440*t)*between(mod(t,1.3),0.2,0.6)+0.02*random(0)':s=48000:d={d}",
)
FILM_PRESETS = {
    "h264": (
        {"speed": "veryfast"},
        {"speed": "veryfast", "crf": "30"},
        {"speed": "ultrafast", "height": "80"},
    ),
    "hevc": ({"speed": "ultrafast"}, {"speed": "ultrafast", "crf": "32"}),
    "vp9": ({"speed": "5"}, {"speed": "5", "crf": "45"}),
    "prores-proxy": ({},),
    "remux": ({}, {"container": "mp4"}),
}  # fmt: skip
SOUND_PRESETS = {"mp3": ({}, {"quality": "7"}), "flac": ({},), "opus": ({}, {"rate": "48"})}
BOTH = ("cut short", "wrong duration")
OF_PICTURES = (
    "frozen", "black", "pictures swapped", "no pictures", "pictures repeated", "wrong range",
    "half the pictures", "upside down", "pictures late", "lost HDR tags",
)  # fmt: skip
OF_SOUND = ("sound late", "sound early", "sound swapped", "sound repeated")
OF_FILMS = ("no sound",)
REMADE = {
    "no pictures": "-map -0:v -c copy",
    "no sound": "-map -0:a -c copy",
    "lost HDR tags": "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a copy"
    " -vf setparams=color_trc=bt709:color_primaries=bt709:colorspace=bt709",
}
"""What is made anew of the output itself, by these words."""


@dataclass(frozen=True, slots=True)
class Case:
    """One output: made of `source` by a preset, and spoilt or not."""

    source: Path
    other: Path
    duration: float
    preset: str
    settings: tuple[tuple[str, str], ...]
    kind: str
    amount: float

    def __str__(self) -> str:
        return f"{self.kind or 'good'}: {self.preset} {dict(self.settings)} of {self.source.name}"


def quiet(ffmpeg: str, *words: str | Path) -> None:
    subprocess.run(
        [ffmpeg, "-nostdin", "-v", "error", "-y", *words], check=True, stdin=subprocess.DEVNULL
    )


def make_sources(
    folder: Path, ffmpeg: str, chance: random.Random, width: int
) -> list[tuple[Path, float]]:
    """Make films whose pictures move and whose sounds change."""
    found = []
    for number, picture in enumerate(PICTURES):
        seconds = chance.choice((4, 5, 6, 8))
        path = folder / f"source{number}.mkv"
        sound = SOUNDS[number % len(SOUNDS)].format(d=seconds)
        film = picture.format(d=seconds, w=width, h=width * 9 // 16 // 2 * 2)
        quiet(
            ffmpeg, "-f", "lavfi", "-i", film, "-f", "lavfi", "-i", sound,
            "-t", str(seconds), *LOSSLESS, path,
        )  # fmt: skip
        found.append((path, float(seconds)))
    path = folder / "hdr.mkv"
    tags = "setparams=color_primaries=bt2020:colorspace=bt2020nc:color_trc=smpte2084"
    quiet(
        ffmpeg, "-f", "lavfi", "-i", PICTURES[0].format(d=4, w=width, h=width * 9 // 16 // 2 * 2),
        "-f", "lavfi", "-i", SOUNDS[0].format(d=4), "-vf", f"format=yuv420p10le,{tags}",
        "-t", "4", *HDR, path,
    )  # fmt: skip
    found.append((path, 4.0))
    for name, start in (
        ("vtest.avi", 3),
        ("vtest.avi", 40),
        ("Megamind.avi", 2),
        ("Megamind.avi", 5),
    ):
        if not (REAL / name).exists():
            continue
        path = folder / f"real{start}{name[0]}.mkv"
        sound = "0:a" if start == 5 else "1:a"
        quiet(
            ffmpeg, "-ss", str(start), "-t", "5", "-i", REAL / name, "-f", "lavfi", "-i",
            SOUNDS[start % len(SOUNDS)].format(d=5), "-map", "0:v:0", "-map", sound,
            "-vf", f"scale={width}:-2", "-t", "5", *LOSSLESS, path,
        )  # fmt: skip
        found.append((path, 5.0))
    return found


HDR = (
    *("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-crf", "14"),
    *("-c:a", "aac", "-x265-params"),
    "log-level=none:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:"
    "colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
    "L(10000000,50):max-cll=1000,400",
    *["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"],
)
LOSSLESS = (
    *("-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12"),
    *("-g", "25", "-c:a", "aac", "-b:a", "160k"),
)


@dataclass(frozen=True, slots=True)
class Spoiling:
    """How a source is spoilt: the filters of its pictures and of its sound, and more words."""

    video: str = ""
    audio: str = ""
    more: tuple[str, ...] = ()
    picks: tuple[str, str] = ("0:v", "0:a")


def repeated(at: float, length: float, a: str = "") -> str:
    """Return a filter that repeats a part, and leaves out as much."""
    length = min(length, at)
    return (
        f"{a}split=3[a][b][c];[a]{a}trim=end={at},{a}setpts=PTS-STARTPTS[x];"
        f"[b]{a}trim={at - length}:{at},{a}setpts=PTS-STARTPTS[y];"
        f"[c]{a}trim=start={at + length},{a}setpts=PTS-STARTPTS[z];"
        f"[x][y][z]concat=n=3:v={0 if a else 1}:a={1 if a else 0}"
    )


def spoiling_of(case: Case) -> Spoiling:
    """Return how it's done; the amount says where, how long, or which way."""
    amount, seconds = case.amount, case.duration
    at = round(seconds * (0.2 + 0.5 * amount), 2)
    stop = f"trim=end={at},tpad=stop_mode=clone:stop_duration=60,trim=duration={seconds}"
    full = "scale=out_range=pc,setparams=range=tv"
    # The other's pictures at the source's times: nothing but what they show is wrong.
    other = "scale=240:180,setsar=1[n];[1:v]scale=240:180,setsar=1[m];[n][m]overlay=shortest=1"
    return {
        "cut short": Spoiling(more=("-t", f"{seconds * (0.4 + 0.45 * amount):.2f}")),
        "wrong duration": Spoiling("setpts=1.1*PTS", "atempo=1/1.1"),
        "frozen": Spoiling(stop),
        "black": Spoiling(f"drawbox=c=black:t=fill:enable='gte(t,{at})'"),
        "pictures swapped": Spoiling(other),
        "sound swapped": Spoiling(more=("-t", f"{seconds:.3f}"), picks=("0:v", "1:a")),
        "pictures repeated": Spoiling(repeated(at, 0.6 + amount)),
        "sound repeated": Spoiling(audio=repeated(at, 0.6 + amount, "a")),
        "wrong range": Spoiling("setparams=range=pc" if amount < 0.5 else full),
        "half the pictures": Spoiling("shuffleframes='0 0'"),
        "upside down": Spoiling("vflip,copy" if amount < 0.5 else "hflip"),
        "pictures late": Spoiling(
            f"tpad=start_mode=clone:start_duration=0.2,trim=duration={seconds}"
        ),
        "sound late": Spoiling(audio=f"adelay=200:all=1,atrim=duration={seconds}"),
        "sound early": Spoiling(audio="atrim=start=0.2,asetpts=PTS-STARTPTS,apad=pad_dur=0.2"),
    }[case.kind]


def spoil(case: Case, to: Path, ffmpeg: str) -> None:
    """Make of a source what a spoilt output is made of."""
    how = spoiling_of(case)
    words: list[str | Path] = ["-i", case.source, "-stream_loop", "-1", "-i", case.other]
    picks = list(how.picks)
    for index, (stream, chain) in enumerate(zip(how.picks, (how.video, how.audio), strict=True)):
        if chain:
            words += ["-filter_complex", f"[{stream}]{chain}[made{index}]"]
            picks[index] = f"[made{index}]"
    codec = HDR if case.source.name.startswith("hdr") else LOSSLESS
    quiet(ffmpeg, *words, "-map", picks[0], "-map", picks[1], *codec, *how.more, to)


def fitted(case: Case) -> tuple[Recipe, Inspection]:
    data = case.source.read_bytes()
    inspection = look(
        BlockFile(len(data), lambda start, length: data[start : start + length]), ".mkv"
    )
    assert isinstance(inspection, Inspection), inspection
    preset = find_preset(case.preset).preset
    made = PresetMaker(preset, tuple(read_settings(dict(case.settings), preset).items()))
    recipe = made.fit(inspection).recipe
    assert recipe
    return recipe, inspection


# What is spoilt is made where ffmpeg would run, of a link to another source.
STAND_IN = """#!/bin/sh
{ffmpeg} "$@" || exit
case " $* " in *' -progress '*) ;; *) exit 0 ;; esac
[ -d ../spoilt ] || exit 0
if [ -s ../spoilt/words ]; then
    read -r words <../spoilt/words
    file=$(echo film.*)
    {ffmpeg} -nostdin -v error -y -i "$file" -map 0 $words "../spoilt/making/$file"
else
    (cd ../spoilt/making && {ffmpeg} "$@" 4>/dev/null >/dev/null 2>../said) ||
        echo failed >../spoilt/failed
fi
for file in film.* sound.*; do
    [ ! -s "../spoilt/making/$file" ] || cp "../spoilt/making/$file" "$file"
done
"""


def run(case: Case, ffmpeg: str) -> tuple[int, str]:
    """Judge one output as a node does; return the exit code, and the last line that was said."""
    with tempfile.TemporaryDirectory(prefix="spoilt-") as name:
        work = Path(name) / "wd"
        work.mkdir()
        recipe, _ = fitted(case)
        shutil.copyfile(case.source, work / "input.mkv")
        (work / "encode.sh").write_bytes(encode_script())
        (work / "recipe.txt").write_bytes(recipe_file(recipe))
        tools = Path(name) / "bin"
        tools.mkdir()
        (tools / "ffmpeg").write_text(STAND_IN.format(ffmpeg=shlex.quote(ffmpeg)))
        (tools / "ffmpeg").chmod(0o755)
        if case.kind:
            making = work / "spoilt" / "making"
            making.mkdir(parents=True)
            (work / "spoilt" / "proof").mkdir()
            if case.kind in REMADE:
                (work / "spoilt" / "words").write_text(f"{REMADE[case.kind]}\n")
            else:
                spoil(case, making / "input.mkv", ffmpeg)
        done = subprocess.run(
            ["sh", "encode.sh", "input.mkv", "-"], cwd=work, env={"PATH": f"{tools}:/usr/bin:/bin"},
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if (work / "spoilt" / "failed").exists():
            return -1, (work / "spoilt" / "said").read_text()[-300:]
        return done.returncode, done.stderr.splitlines()[-1]


def draw(
    count: int, chance: random.Random, sources: list[tuple[Path, float]], *, spoilt: bool
) -> list[Case]:
    """Draw outputs, each kind as often as the others."""
    cases = []
    kinds = [*BOTH, *OF_PICTURES, *OF_SOUND, *OF_FILMS] if spoilt else [""]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        presets = dict(FILM_PRESETS)
        if not spoilt or kind in (*BOTH, *OF_SOUND):
            presets |= SOUND_PRESETS
        if spoilt:
            del presets["vp9"]  # its first pass has what its second one needs
        if kind == "wrong range":
            presets = {name: presets[name] for name in ("h264", "hevc")}
        if spoilt and kind:
            presets.pop("remux", None)
        hdr = [each for each in sources if each[0].name.startswith("hdr")]
        source, seconds = chance.choice(hdr if kind == "lost HDR tags" else sources)
        other = chance.choice([path for path, _ in sources if path != source])
        if kind == "lost HDR tags":
            presets = {"hevc-hdr": ({"speed": "ultrafast"},)}
        name = chance.choice(list(presets))
        settings = tuple(chance.choice(presets[name]).items())
        cases.append(Case(source, other, seconds, name, settings, kind, chance.random()))
    return cases


def judge(cases: list[Case], ffmpeg: str) -> list[tuple[Case, int, str]]:
    with ThreadPoolExecutor(2) as pool:
        found = []
        for case, (code, said) in zip(
            cases, pool.map(lambda each: run(each, ffmpeg), cases), strict=True
        ):
            found.append((case, code, said))
            if code == -1 or (code == 0) == bool(case.kind):
                note(f"{code} {case} ({case.amount:.2f}, other {case.other.name}): {said}")
    return found


def main() -> None:
    given = arguments(__doc__, spoilt=200, good=200, seed=1, bundled=0, width=320)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe() if given.bundled else str(shutil.which("ffmpeg"))
    chance = random.Random(given.seed)
    set_up()
    with tempfile.TemporaryDirectory(prefix="sources-") as name:
        sources = make_sources(Path(name), ffmpeg, chance, given.width)
        spoilt = judge(draw(given.spoilt, chance, sources, spoilt=True), ffmpeg)
        good = judge(draw(given.good, chance, sources, spoilt=False), ffmpeg)
    spoilt = [each for each in spoilt if each[1] != -1]
    report = Report("spoilt")
    all_of = Counter(case.kind for case, _, _ in spoilt)
    caught = Counter(case.kind for case, code, _ in spoilt if code != 0)
    for kind in all_of:
        note(f"{kind}: {caught[kind]} of {all_of[kind]} caught")
    missed = len(spoilt) - caught.total()
    blamed = sum(code != 0 for _, code, _ in good)
    most = len(spoilt) * 0.05
    report.bars.append(Bar("spoilt and not caught", missed, most, f"of {len(spoilt)}"))
    report.bars.append(Bar("good and blamed", blamed, 0, f"of {len(good)}"))
    report.print(given.json)
    if not all(bar.is_met for bar in report.bars):
        sys.exit(1)


if __name__ == "__main__":
    main()
