"""Each preset that comes with batchff, on a generated clip and on real footage."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.check import check_preset
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.presets.model import Value
from batchff.ffmpeg.trial import run_recipe
from batchff.model.recipes import Count, Recipe
from tests.ffmpeg.presets.look import (
    frames,
    hashes,
    loudness,
    said,
    sound_seconds,
    streams,
    tags,
    times,
    version_of,
)
from tests.ffmpeg.presets.playlists import read_master
from tests.ffmpeg.presets.sources import make as write

NAMES = [
    *("aac", "archive", "av1", "contact-sheet", "dnxhr", "flac", "h264", "h264-1080", "h264-480"),
    *("h264-720", "h264-nvenc", "h264-web", "hevc", "hevc-hdr", "hevc-nvenc", "hls"),
    *("loudness", "mp3", "opus"),
    *("prores-proxy", "remux", "speech", "thumbnails", "vp9", "wav16k"),
]
SOUND = ("aac", "flac", "mp3", "opus", "speech", "wav16k")
FILMS = ("av1", "dnxhr", "h264", "h264-web", "hevc", "hevc-hdr", "prores-proxy", "remux", "vp9")
FAST: dict[str, dict[str, Value]] = {"av1": {"speed": 10}, "vp9": {"speed": 5}}


MASTERED = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:log-level=0"
)


def fast(name: str) -> dict[str, Value]:
    """Settings that make a preset fast; only its speed is another."""
    speed = our_presets()[name].parameters.get("speed")
    default = {"speed": "ultrafast"} if speed and "ultrafast" in speed.choices else {}
    return dict(FAST.get(name, default))


def recipe_of(name: str, **settings: Value) -> Recipe:
    return resolve(our_presets()[name], {**fast(name), **settings})


def make(name: str, source: Path, tmp_path: Path, ffmpeg: Path, **settings: Value) -> list[Path]:
    recipe = recipe_of(name, **settings)
    return run_recipe(recipe, source, tmp_path / "making", ffmpeg, time.monotonic() + 120)


def test_these_presets_come_with_batchff() -> None:
    assert list(our_presets()) == NAMES
    for preset in our_presets().values():
        assert preset.description and preset.plays
        assert all(parameter.help for parameter in preset.parameters.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_has_no_mistake_whatever_its_parameters(name: str) -> None:
    check_preset(our_presets()[name])


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(
    ("ffmpeg", "film"),
    [
        *(("imageio", film) for film in ("Megamind", "tree", "clip")),
        *(("machine", film) for film in ("Megamind", "clip")),
        pytest.param("machine", "tree", marks=pytest.mark.long),
    ],
    indirect=["ffmpeg"],
)
def test_a_film_keeps_each_picture_at_its_time(
    name: str,
    film: str,
    clip: Path,
    footage: dict[str, Path],
    tmp_path: Path,
    ffmpeg: Path,
) -> None:
    source = {**footage, "clip": clip}[film]
    (made,) = make(name, source, tmp_path, ffmpeg)
    before, after = times(source), times(made)
    # AVI has no times: copied ones are made up, and at the start one may be a frame late.
    slip = 0.045 if name == "remux" and film != "clip" else 0.0011
    assert after == pytest.approx(before, abs=slip)
    promise = recipe_of(name).outputs[0].promise
    assert promise.frames and promise.duration
    with_sound = film != "tree"
    kinds = [line.partition(":")[0] for line in streams(made)]
    assert kinds == ["Video", "Audio"][: 1 + with_sound]
    if with_sound:
        # A sound of AAC or Opus begins with silence and ends with a whole frame.
        length = sound_seconds(source)
        assert sound_seconds(made) == pytest.approx(length, abs=0.09)


@pytest.mark.parametrize("name", [*(name for name in FILMS if name != "dnxhr"), "archive", "hls"])
def test_a_recording_with_few_pictures_keeps_their_times(
    name: str, recording: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    settings: dict[str, Value] = {"sound": "no", "segment": 1} if name == "hls" else {}
    made = make(name, recording, tmp_path, ffmpeg, **settings)[0]
    if name == "hls":
        made = made / "360" / "index.m3u8"
    wanted = times(recording)
    assert len(wanted) == 12
    assert times(made) == pytest.approx(wanted, abs=0.0011)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("film", ["Megamind", "clip"])
def test_a_sound_is_as_long_as_its_source(
    name: str, film: str, clip: Path, footage: dict[str, Path], tmp_path: Path, ffmpeg: Path
) -> None:
    source = {**footage, "clip": clip}[film]
    (made,) = make(name, source, tmp_path, ffmpeg)
    lines = streams(made)
    assert [line.partition(":")[0] for line in lines] == ["Audio"]
    assert sound_seconds(made) == pytest.approx(sound_seconds(source), abs=0.09)
    if name in ("speech", "wav16k"):
        assert "pcm_s16le" in lines[0] and "16000 Hz" in lines[0] and "mono" in lines[0]
    elif film == "clip":
        assert tags(made)["title"] == "Küche"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("av1", "av1"),
        ("dnxhr", "dnxhd (DNXHR HQ)"),
        ("h264", "h264"),
        ("hevc", "hevc (Main) (hvc1"),
        ("hevc-hdr", "hevc (Main 10) (hvc1"),
        ("prores-proxy", "prores (Proxy)"),
        ("vp9", "vp9"),
    ],
)
def test_an_odd_picture_becomes_even_and_its_pixels_stay_square(
    name: str, codec: str, silent: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    (made,) = make(name, silent, tmp_path, ffmpeg)
    (line,) = streams(made)
    assert codec in line
    assert "322x182" in line
    assert "[SAR" not in line or "[SAR 1:1" in line


@pytest.mark.parametrize(
    ("size", "height", "wanted"),
    [
        ("640x360", 180, "320x180"),
        ("360x640", 180, "180x320"),
        ("320x180", 720, "320x180"),
        ("321x181", 720, "322x182"),
        ("181x321", 180, "180x320"),
    ],
)
def test_a_height_is_that_of_a_landscape_picture_and_nothing_is_enlarged(
    size: str, height: int, wanted: str, tmp_path: Path, ffmpeg: Path
) -> None:
    source = write(
        tmp_path / "a.mkv", "-f", "lavfi", "-i", f"testsrc=s={size}:d=0.1", "-c:v", "ffv1"
    )
    (made,) = make("h264", source, tmp_path, ffmpeg, height=height)
    assert wanted in streams(made)[0]


def test_a_picture_for_the_web_has_its_profile_and_key_frames(
    clip: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    (made,) = make("h264-web", clip, tmp_path, ffmpeg, seconds=0.5)
    assert "h264 (High)" in streams(made)[0]
    keys = frames(made, "-vf", "select=key")
    assert [time for time, _ in keys] == pytest.approx([0, 0.5, 1.0], abs=0.05)
    # What a player needs first comes first.
    data = made.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_an_archive_is_lossless_and_its_checksums_are_true(
    footage: dict[str, Path], tmp_path: Path, ffmpeg: Path
) -> None:
    source = footage["Megamind"]
    film, listed, checksum = make("archive", source, tmp_path, ffmpeg)
    assert [output.name for output in recipe_of("archive").outputs] == [
        *("film", "frames", "checksum")
    ]
    assert checksum.read_text().strip() == f"SHA256={hashlib.sha256(film.read_bytes()).hexdigest()}"
    rows = [line.split(",") for line in listed.read_text().splitlines() if line[0] != "#"]
    pictures = [row[5].strip() for row in rows if int(row[0]) == 0]
    assert pictures == hashes(film)
    assert pictures == hashes(source)
    assert len(pictures) > 5
    assert "ffv1" in streams(film)[0] and "flac" in streams(film)[1]


@pytest.mark.parametrize(
    ("ffmpeg", "top", "sound"),
    [
        *(("imageio", top, sound) for top in ("1080", "360") for sound in ("yes", "no")),
        ("machine", "360", "yes"),
        pytest.param("machine", "1080", "yes", marks=pytest.mark.long),
        pytest.param("machine", "1080", "no", marks=pytest.mark.long),
        pytest.param("machine", "360", "no", marks=pytest.mark.long),
    ],
    indirect=["ffmpeg"],
)
def test_an_hls_ladder_is_what_players_rely_on(
    top: str, sound: str, clip: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    recipe = recipe_of("hls", top=top, sound=sound, segment=1)
    (folder,) = run_recipe(recipe, clip, tmp_path / "making", ffmpeg, time.monotonic() + 60)
    variants, sounds = read_master(folder / "master.m3u8")
    assert len(variants) == {"1080": 5, "360": 2}[top]
    assert len(sounds) == (sound == "yes")
    # The source is decoded once, in one run.
    assert len(recipe.runs) == 1 and recipe.runs[0].arguments.count("-i") == 1
    wanted = times(clip)
    for variant in variants:
        assert (variant.width, variant.height) == (322, 180)
        assert variant.codecs.startswith("avc1.") and ("mp4a.40.2" in variant.codecs) == (
            sound == "yes"
        )
        assert variant.rendition.seconds == variants[0].rendition.seconds
        assert len(variant.rendition.seconds) == 2
        assert times(variant.rendition.file) == pytest.approx(wanted, abs=0.0011)
        for each in variant.rendition.segments:
            whole = tmp_path / "segment.mp4"
            whole.write_bytes(variant.rendition.beginning.read_bytes() + each.read_bytes())
            keys = frames(whole, "-vf", "select=key")
            assert len(keys) == 1
            assert keys[0][1] == frames(whole)[0][1]
    suffixes = {file.suffix for file in folder.rglob("*") if file.is_file()}
    assert suffixes == set(recipe.outputs[0].suffixes)


def test_an_hls_ladder_of_real_footage_has_falling_sizes(
    footage: dict[str, Path], tmp_path: Path, ffmpeg: Path
) -> None:
    (folder,) = make("hls", footage["Megamind"], tmp_path, ffmpeg)
    variants, sounds = read_master(folder / "master.m3u8")
    sizes = [(variant.width, variant.height) for variant in variants]
    assert sizes == [(490, 360), (326, 240), (654, 480), (720, 528), (720, 528)]
    (sound,) = sounds.values()
    assert sound_seconds(sound.file) == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "count", "suffix"),
    [({"interval": "0.5s"}, 3, ".jpg"), ({}, 1, ".jpg"), ({"format": "png"}, 1, ".png")],
)
def test_thumbnails_come_at_an_interval(
    settings: dict[str, Value], count: int, suffix: str, clip: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    (folder,) = make("thumbnails", clip, tmp_path, ffmpeg, width=160, **settings)
    made = sorted(folder.iterdir())
    assert [file.name for file in made] == [f"{n:05}{suffix}" for n in range(1, count + 1)]
    assert all(" 160x90" in streams(file)[0] for file in made)
    assert recipe_of("thumbnails", width=160).outputs[0].promise.width == 160


def test_a_contact_sheet_has_pictures_from_the_whole_film(
    clip: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    (made,) = make("contact-sheet", clip, tmp_path, ffmpeg, columns=3, rows=2, width=160)
    assert " 496x192" in streams(made)[0]
    # The last place is taken: where the film would have ended before, it's black.
    corner = "crop=100:60:360:110,format=gray,scale=1:1"
    shown = frames(made, "-vf", corner)[0][1]
    black = hashlib.md5(b"\0").hexdigest()
    assert shown != black


@pytest.mark.parametrize(("settings", "suffix"), [({}, ".mkv"), ({"format": "wav"}, ".wav")])
def test_loudness_is_what_was_asked_for(
    settings: dict[str, Value],
    suffix: str,
    footage: dict[str, Path],
    clip: Path,
    tmp_path: Path,
    ffmpeg: Path,
) -> None:
    (made,) = make("loudness", clip, tmp_path, ffmpeg, target=-20, **settings)
    assert made.suffix == suffix
    assert abs(loudness(clip) + 20) > 0.8
    assert loudness(made) == pytest.approx(-20, abs=0.4)
    kinds = [line.partition(":")[0] for line in streams(made)]
    assert kinds == (["Audio"] if suffix == ".wav" else ["Video", "Audio"])
    if suffix == ".mkv":
        assert hashes(made) == hashes(clip)


def test_loudness_keeps_the_picture_of_a_film_without_times(
    footage: dict[str, Path], tmp_path: Path, ffmpeg: Path
) -> None:
    source = footage["Megamind"]
    (made,) = make("loudness", source, tmp_path, ffmpeg)
    assert hashes(made) == hashes(source)
    assert times(made) == pytest.approx(times(source), abs=0.045)


@pytest.mark.parametrize("container", ["mkv", "mp4", "mov", "ts"])
def test_a_remux_changes_no_frame(container: str, clip: Path, tmp_path: Path, ffmpeg: Path) -> None:
    (made,) = make("remux", clip, tmp_path, ffmpeg, container=container, subtitles="none")
    assert made.suffix == f".{container}"
    assert hashes(made) == hashes(clip)


def test_a_cover_stays_with_its_sound(clip: Path, tmp_path: Path, ffmpeg: Path) -> None:
    picture = write(
        tmp_path / "cover.png", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"
    )
    song = write(
        tmp_path / "song.flac",
        *("-i", str(clip), "-i", str(picture), "-map", "0:a", "-map", "1:v"),
        *("-c:v", "copy", "-disposition:v", "attached_pic", "-metadata", "artist=Ä"),
    )
    for name in ("mp3", "aac", "flac"):
        (tmp_path / name).mkdir()
        (made,) = make(name, song, tmp_path / name, ffmpeg)
        assert [line.partition(":")[0] for line in sorted(streams(made))] == [*("Audio", "Video")]
        assert tags(made)["artist"] == "Ä"


def test_colours_of_hdr_stay(tmp_path: Path, ffmpeg: Path) -> None:
    source = write(
        tmp_path / "hdr.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:d=0.2"),
        *("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast"),
        *("-x265-params", f"{MASTERED}:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"),
    )
    (made,) = make("hevc-hdr", source, tmp_path, ffmpeg)
    line = streams(made)[0]
    assert "yuv420p10le(tv, bt2020nc/bt2020/smpte2084" in line
    has_mastering_data = b"MaxCLL=1000, MaxFALL=400" in said(ffmpeg, "-i", made).stderr
    # ffmpeg passes them on from 7.1 on.
    assert has_mastering_data is (version_of(ffmpeg) >= (7, 1))


def test_a_promise_says_how_many_streams() -> None:
    promise = recipe_of("h264").outputs[0].promise
    assert (promise.video, promise.audio, promise.subtitles) == (Count.ONE, Count.ALL, Count.ANY)
    promise = recipe_of("mp3").outputs[0].promise
    assert (promise.video, promise.audio, promise.duration) == (Count.NONE, Count.ONE, True)
