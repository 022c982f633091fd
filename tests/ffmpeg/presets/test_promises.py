"""Each preset on real footage, held to its promise: streams, sizes, length, each picture's time."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from functools import cache
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.presets.model import Value
from batchff.ffmpeg.trial import RecipeFailed, run_recipe
from batchff.model.recipes import Count, Promise
from tests.ffmpeg.presets.look import frames, loudness, said, sound_seconds, streams, times
from tests.ffmpeg.presets.playlists import read_master
from tests.ffmpeg.presets.test_data import NAMES, SOUND, fast

CLIPS = Path(__file__).parents[2] / "clips"
SIZES = {"h264-1080": 1080, "h264-720": 720, "h264-480": 480, "h264-web": 1080}
# AVI has no times: copied ones are made up, and at the start one may be a frame late.
MADE_UP = ("remux", "loudness")


@pytest.fixture(scope="session")
def nodes_ffmpeg() -> Path:
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def make(name: str, source: Path, folder: Path, ffmpeg: Path, **settings: Value) -> list[Path]:
    recipe = resolve(our_presets()[name], {**fast(name), **settings})
    return run_recipe(recipe, source, folder / "making", ffmpeg, time.monotonic() + 120)


def kinds(file: Path) -> list[str]:
    return [line.partition(":")[0] for line in streams(file)]


@cache
def decodes(file: Path, ffmpeg: Path) -> bool:
    """Return whether it decodes; what the null muxer says of times isn't about the file."""
    ended = said(ffmpeg, "-v", "error", "-xerror", "-i", file, "-f", "null", "-")
    lines = [line for line in ended.stderr.splitlines() if b"non monotonically" not in line]
    return (ended.returncode, lines) == (0, [])


def hold(promise: Promise, made: Path, source: Path, ffmpeg: Path, slip: float) -> None:
    """Fail where an output isn't what is promised of its source."""
    # A sound that was cut out of a film and is copied may begin with a part of a frame.
    if promise.decodes and decodes(source, ffmpeg):
        assert decodes(made, ffmpeg)
    for kind, count in (("Video", promise.video), ("Audio", promise.audio)):
        had, has = kinds(source).count(kind), kinds(made).count(kind)
        wanted = {Count.NONE: 0, Count.ONE: 1, Count.ONE_IF_ANY: min(had, 1), Count.ALL: had}
        assert has == wanted.get(count, has), kind
    sizes = re.search(r", (\d+)x(\d+)", streams(made)[0])
    for promised, number in ((promise.width, 1), (promise.height, 2)):
        assert promised is None or (sizes is not None and int(sizes[number]) == promised)
    has_picture = "Video" in kinds(made)
    if promise.frames:
        assert times(made) == pytest.approx(times(source), abs=slip)
    if promise.duration and has_picture:
        assert times(made)[-1] == pytest.approx(times(source)[-1], abs=slip)
    if promise.duration and "Audio" in kinds(made):
        # A sound of AAC or Opus begins with silence and ends with a whole frame.
        assert sound_seconds(made) == pytest.approx(sound_seconds(source), abs=0.09)


@pytest.mark.parametrize("film", ["Megamind", "vtest", "interview"])
# Those of NVIDIA's encoder can't be run here.
@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("nvenc")])
def test_a_promise_is_kept_on_real_footage(
    name: str, film: str, footage: dict[str, Path], tmp_path: Path, nodes_ffmpeg: Path
) -> None:
    source = {**footage, "interview": CLIPS / "archive" / "interview.mkv"}[film]
    is_silent = film == "vtest"
    if is_silent and name in (*SOUND, "loudness"):
        with pytest.raises(RecipeFailed, match="matches no streams"):
            make(name, source, tmp_path, nodes_ffmpeg)
        return
    settings: dict[str, Value] = {"sound": "no"} if name == "hls" and is_silent else {}
    slip = 0.11 if name in MADE_UP and film != "interview" else 0.0011

    made = make(name, source, tmp_path, nodes_ffmpeg, **settings)

    outputs = resolve(our_presets()[name], {**fast(name), **settings}).outputs
    assert len(made) == len(outputs)
    for output, path in zip(outputs, made, strict=True):
        if name == "hls":
            variants, _ = read_master(path / "master.m3u8")
            files = [variant.rendition.file for variant in variants]
            assert len(files) == 5
        elif output.is_folder:
            files = sorted(path.iterdir())
            assert {file.suffix for file in files} == set(output.suffixes)
        elif output.suffix in (".framemd5", ".sha256"):
            assert path.stat().st_size
            continue
        else:
            files = [path]
        for file in files:
            hold(output.promise, file, source, nodes_ffmpeg, slip)
            if name in SIZES:
                found = re.search(r", (\d+)x(\d+)", streams(file)[0])
                assert found is not None and int(found[2]) <= SIZES[name]


@pytest.mark.xdist_group("clients")
@pytest.mark.timeout(600)
def test_an_hls_ladder_of_a_real_film_is_accepted_by_a_validator(
    whole_film: Path, tmp_path: Path, nodes_ffmpeg: Path, pytestconfig: pytest.Config
) -> None:
    from tests.packages import npm_package  # it needs POSIX

    modules = npm_package(pytestconfig, "hls-parser", "0.16.1")
    (made,) = make("hls", whole_film, tmp_path, nodes_ffmpeg)
    program = Path(__file__).with_name("validate.mjs")

    words: list[str | Path] = ["node", program, modules, made / "master.m3u8"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["isMaster"] is True
    assert read["sizes"] == [[490, 360], [326, 240], [654, 480], [720, 528], [720, 528]]
    # Five sizes, and the sound.
    assert read["seconds"] == pytest.approx([11.26] * 6, abs=0.05)


@pytest.mark.parametrize(
    ("name", "size"), [("h264-480", "654x480"), ("h264-720", "720x528"), ("h264-web", "720x528")]
)
def test_a_real_film_gets_its_size_and_is_never_enlarged(
    name: str, size: str, footage: dict[str, Path], tmp_path: Path, nodes_ffmpeg: Path
) -> None:
    (made,) = make(name, footage["Megamind"], tmp_path, nodes_ffmpeg)
    assert f" {size}" in streams(made)[0]


def test_thumbnails_of_a_real_film_come_at_their_times(
    whole_film: Path, tmp_path: Path, nodes_ffmpeg: Path
) -> None:
    (folder,) = make("thumbnails", whole_film, tmp_path, nodes_ffmpeg, interval="2s")
    made = sorted(folder.iterdir())
    shown = [round(each) for each in times(whole_film)]
    assert len(made) == max(shown) // 2 + 1
    # Films move: no picture is another one's.
    assert len({hashlib.md5(file.read_bytes()).digest() for file in made}) == len(made)


def test_a_contact_sheet_of_a_real_film_is_full(
    whole_film: Path, tmp_path: Path, nodes_ffmpeg: Path
) -> None:
    (made,) = make("contact-sheet", whole_film, tmp_path, nodes_ffmpeg)
    assert " 1300x" in streams(made)[0]
    corner = ["-vf", "crop=300:200:iw-310:ih-210,format=gray,scale=1:1"]
    black = hashlib.md5(b"\0").hexdigest()
    assert frames(made, *corner)[0][1] != black


def test_a_real_sound_gets_its_loudness(
    whole_film: Path, tmp_path: Path, nodes_ffmpeg: Path
) -> None:
    (made,) = make("loudness", whole_film, tmp_path, nodes_ffmpeg)
    assert abs(loudness(whole_film) + 23) > 1
    assert loudness(made) == pytest.approx(-23, abs=0.5)
