"""MP4 films in chunks: every picture is in just one, at its time, with all that it needs."""

from __future__ import annotations

import random
import shlex
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.mp4 import Mp4Film, open_mp4
from tests.ffmpeg.chunks.synthetic import Gop, Sketch, gops, read_back, reader, whole


def opened(content: bytes, number: int = 0) -> Mp4Film:
    return open_mp4(reader(content), len(content), number)


def cut(film: Mp4Film, cuts: list[int], content: bytes) -> list[bytes]:
    """Return the files of the chunks that begin with these keys."""
    ends = [*cuts[1:], None]
    return [whole(film.chunk(one, after), content) for one, after in zip(cuts, ends, strict=True)]


@st.composite
def _with_edits(draw: st.DrawFn) -> tuple[Sketch, list[Gop]]:
    sketch, found = draw(gops())
    late = draw(st.sampled_from([0, 0, 700]))
    start = draw(st.sampled_from([0, *sketch.shown]))
    length = max(sketch.shown) + 50 - start
    edits = [(late, -1)] if late else []
    edits += draw(st.sampled_from([[(length, start)], [(max(length // 2, 1), start)]]))
    edits = draw(st.sampled_from([[], edits]))
    return Sketch(sketch.shown, sketch.keys, sketch.lengths, edits), found


def _needed(number: int, found: list[Gop], shown: list[int]) -> set[int]:
    """Return the samples that one needs: what was decoded before it in its group, and, if it's
    shown before the group's key, all of the group before."""
    at = next(place for place, gop in enumerate(found) if gop.first <= number < gop.end)
    gop = found[at]
    if shown[number] < shown[gop.first]:
        before = found[at - 1]
        return {before.first, *range(before.first + before.leading + 1, number)}
    return {gop.first, *range(gop.first + gop.leading + 1, number)}


@given(_with_edits(), st.data())
def test_each_picture_is_in_one_chunk_at_its_time_with_all_that_it_needs(
    drawn: tuple[Sketch, list[Gop]], data: st.DataObject
) -> None:
    sketch, found = drawn
    content = sketch.written()
    expected = _shown(sketch)
    if not expected:
        with pytest.raises(CannotCut, match="shows nothing"):
            opened(content)
        return
    film = opened(content)
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, len(film.keys)))) - {len(film.keys)})]

    pictures: dict[int, Fraction] = {}
    for file in cut(film, cuts, content):
        chunk = read_back(file)
        for number, ticks in chunk.pictures().items():
            assert number not in pictures
            pictures[number] = Fraction(ticks, 1000)
            before = chunk.numbers[: chunk.numbers.index(number)]
            needed = _needed(number, found, list(sketch.shown))
            assert needed <= {number, *before} or pictures[number] < film.keys[1].time
        assert chunk.numbers == sorted(chunk.numbers)

    assert pictures == expected


def _shown(sketch: Sketch) -> dict[int, Fraction]:
    """Return when the whole shows each of its pictures."""
    late = sum(length for length, start in sketch.edits if start == -1)
    begin, length = next(((s, n) for n, s in sketch.edits if s >= 0), (0, 0))
    start = min((time for time in sketch.shown if time >= begin), default=begin) if length else 0
    until = begin + length if length else max(sketch.shown) + 1
    return {
        number: Fraction(time - start + late, 1000)
        for number, time in enumerate(sketch.shown)
        if start <= time < until
    }


@given(gops(), st.randoms(use_true_random=False))
def test_no_order_of_pictures_loses_one_or_shows_it_twice(
    drawn: tuple[Sketch, list[Gop]], random: random.Random
) -> None:
    shown = list(drawn[0].shown)
    for _ in range(random.randint(0, 4)):
        one, other = random.randrange(len(shown)), random.randrange(len(shown))
        shown[one], shown[other] = shown[other], shown[one]
    sketch = Sketch(shown, drawn[0].keys, drawn[0].lengths)
    content = sketch.written()
    film = opened(content)

    found = [
        number
        for file in cut(film, list(range(len(film.keys))), content)
        for number in read_back(file).pictures()
    ]

    assert sorted(found) == list(range(len(shown)))


@given(gops())
def test_keys_are_in_order_and_the_rest_has_the_first_pictures(
    drawn: tuple[Sketch, list[Gop]],
) -> None:
    sketch, found = drawn
    sketch = Sketch(sketch.shown, sketch.keys, sketch.lengths, sounds=(3, 1, 4))
    content = sketch.written()
    film = opened(content)
    assert all(one.time < after.time < film.ends for one, after in pairwise(film.keys))
    assert film.packets == len(sketch.shown)
    assert len(film.keys) == len(found)

    rest = whole(film.rest(), content)

    again = opened(rest)
    assert again.packets == found[0].after
    numbers = [rest[at : at + 4] for at in again.samples.offsets]
    assert numbers == [struct.pack(">I", number) for number in range(found[0].after)]
    assert rest.endswith(bytes([255] * 8))


# Hostile and damaged files

_GOOD = Sketch([80, 0, 40, 200, 120, 160], [0, 3], [40] * 6, [(240, 0)], sounds=(9, 9)).written()


@given(st.integers(0, len(_GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_cut_or_refused(place: int, damage: bytes) -> None:
    content = _GOOD[:place] + damage + _GOOD[place + len(damage) :]
    with suppress(CannotCut):
        film = opened(content)
        for file in cut(film, list(range(len(film.keys))), content):
            assert len(file) < 10_000
        whole(film.rest(), content)


@given(st.integers(0, len(_GOOD) - 1))
def test_what_is_cut_off_is_refused(size: int) -> None:
    with pytest.raises(CannotCut):
        opened(_GOOD[:size])


@pytest.mark.parametrize("number", [1, 2, 99])
def test_a_track_that_is_no_film_is_refused(number: int) -> None:
    with pytest.raises(CannotCut):
        opened(_GOOD, number)


def test_edit_lists_of_several_parts_are_refused() -> None:
    sketch = Sketch([0, 40, 80], [0], [40] * 3, [(40, 0), (40, 80)])
    with pytest.raises(CannotCut, match="several parts"):
        opened(sketch.written())


# Real files, by both ffmpegs

_TEST = "-f lavfi -i testsrc2=s=64x48:r=25:d=3"
_SINE = "-f lavfi -i sine=d=3"
_PYRAMID = "-x264-params keyint=20:min-keyint=20:scenecut=0:bframes=4:b-pyramid=normal"
_OPEN = f"{_PYRAMID}:open-gop=1"
_X265 = "-c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=none:keyint=20:min-keyint=20"
_FEW_B = "-x264-params keyint=20:scenecut=0:bframes=3"
COMMANDS = {
    "open.mp4": f"{_TEST} {_SINE} {_OPEN} -c:a aac",
    "closed.mp4": f"{_TEST} {_PYRAMID}",
    "vfr.mp4": f"{_TEST} -vf 'select=mod(n\\,7)*mod(n\\,5),setpts=PTS+0.003*mod(N\\,3)/TB' "
    f"-fps_mode vfr -enc_time_base 1/90000 {_OPEN}",
    "late.mp4": f"-itsoffset 0.7 {_TEST} {_SINE} -map 0 -map 1 {_OPEN} -c:a aac",
    "late-sound.mp4": f"{_TEST} -itsoffset 0.7 {_SINE} -map 0 -map 1 {_OPEN} -c:a aac",
    "edit.mp4": "-ss 1.1 -i {open.mp4} -c copy",
    "no-edit.mp4": "-i {open.mp4} -c copy -use_editlist 0",
    "negative.mp4": "-i {open.mp4} -c copy -movflags negative_cts_offsets",
    "hevc.mp4": f"{_TEST} {_X265}:open-gop=1 -tag:v hvc1",
    "broadcast.mov": f"{_TEST} {_SINE} {_SINE} -map 0 -map 1 -map 2 {_OPEN} -c:a pcm_s16le "
    "-timecode 01:00:00:00",
    "chapters.mp4": "-i {open.mp4} -i {chapters.txt} -map_metadata 1 -map 0 -c copy",
    "rotated.mp4": "-display_rotation 90 -i {open.mp4} -c copy",
    "one.mp4": f"{_TEST} -frames:v 1",
    "intra.mov": "-f lavfi -i testsrc2=s=64x48:r=25:d=1 -c:v mjpeg",
    "odd-clock.mp4": f"{_TEST} {_FEW_B} -video_track_timescale 24001",
}
CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/10
START=0
END=14
title=One
[CHAPTER]
TIMEBASE=1/10
START=14
END=30
title=Two
"""
BUNDLED = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a source of the table above when a test asks for it."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "chapters.txt").write_text(CHAPTERS)

    def made(name: str) -> Path:
        path = folder / name
        if not path.exists():
            words = shlex.split(COMMANDS[name])
            needed = [word[1:-1] for word in words if word.startswith("{")]
            files = {f"{{{each}}}": str(made(each)) for each in needed}
            command = [BUNDLED, "-nostdin", "-v", "error", *(files.get(w, w) for w in words), path]
            subprocess.run(command, check=True)
        return path

    return made


def decoded(ffmpeg: Path, files: list[Path], folder: Path) -> list[list[tuple[float, str]]]:
    """Return of each file when its pictures are shown, and their MD5s, by one run."""
    words = [word for file in files for word in ("-copyts", "-i", str(file))]
    outputs = [folder / f"{file.name}.md5" for file in files]
    for number, output in enumerate(outputs):
        words += ["-map", f"{number}:v:0", "-fps_mode", "passthrough", "-f", "framemd5"]
        words += ["-enc_time_base", "1:1000000", str(output)]
    quiet = ["-nostdin", "-v", "error", "-y"]
    ended = subprocess.run([ffmpeg, *quiet, *words], capture_output=True, text=True, check=True)
    # An open group refers to pictures of the one before, which a chunk needn't have.
    assert not [line for line in ended.stderr.splitlines() if "mmco: unref short" not in line]
    found = []
    for output in outputs:
        lines = output.read_text().splitlines()
        clock = next(line.split()[2] for line in lines if line.startswith("#tb 0"))
        tick = Fraction(clock)
        rows = [line.split(",") for line in lines if not line.startswith("#")]
        found.append([(round(float(int(row[2]) * tick), 5), row[5].strip()) for row in rows])
    return found


def packets(ffmpeg: Path, file: Path, streams: str) -> list[str]:
    """Return the packets of streams: when they are, their sizes and sums."""
    words = ["-copyts", "-i", str(file), "-map", streams, "-c", "copy", "-f", "framecrc", "-"]
    command = [str(ffmpeg), "-nostdin", "-v", "error", *words]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if not line.startswith(("#software", "#dimensions"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_chunks_decode_to_the_pictures_of_the_whole_at_their_times(
    tmp_path: Path, ffmpeg: Path, source: Callable[[str], Path], name: str
) -> None:
    file = source(name)
    content = file.read_bytes()
    film = opened(content)
    chunks = cut(film, list(range(0, len(film.keys), 8 if name == "intra.mov" else 1)), content)
    files = [file]
    for number, chunk in enumerate(chunks):
        files.append(tmp_path / f"{number}{file.suffix}")
        files[-1].write_bytes(chunk)

    whole_, *parts = decoded(ffmpeg, files, tmp_path)

    assert len(chunks) >= (1 if name == "one.mp4" else 2)
    assert [picture for part in parts for picture in part] == whole_
    assert all(parts)
    times = [float(film.keys[0].time), whole_[0][0]]
    assert times == pytest.approx([times[0]] * 2, abs=1e-5)


@pytest.mark.parametrize(
    "name",
    ["open.mp4", "late.mp4", "late-sound.mp4", "edit.mp4", "broadcast.mov", "chapters.mp4"],
)
def test_the_rest_has_all_other_packets_and_the_films_first(
    tmp_path: Path, ffmpeg: Path, source: Callable[[str], Path], name: str
) -> None:
    file = source(name)
    content = file.read_bytes()
    film = opened(content)
    rest = tmp_path / f"rest{file.suffix}"
    rest.write_bytes(whole(film.rest(), content))

    for streams in ("0:a", *(["0:d"] if name.startswith(("b", "c")) else [])):
        assert packets(ffmpeg, rest, streams) == packets(ffmpeg, file, streams)
    [all_, first] = decoded(ffmpeg, [file, rest], tmp_path)
    assert first == all_[: len(first)] != []
    assert len(first) < len(all_)
    assert len(rest.read_bytes()) < len(content)


def test_a_rest_keeps_what_is_said_of_the_file(
    tmp_path: Path, ffmpeg: Path, source: Callable[[str], Path]
) -> None:
    for name, words in {
        "chapters.mp4": ("title           : One", "start 1.400000, end 3.000000"),
        "rotated.mp4": ("rotation of 90.00 degrees",),
        "broadcast.mov": ("timecode        : 01:00:00:00",),
    }.items():
        content = source(name).read_bytes()
        rest = tmp_path / f"rest-{name}"
        rest.write_bytes(whole(opened(content).rest(), content))
        said = subprocess.run([ffmpeg, "-i", rest], capture_output=True, text=True).stderr
        assert all(word in said for word in words), said


def test_a_fragmented_file_is_refused(tmp_path: Path, source: Callable[[str], Path]) -> None:
    fragmented = tmp_path / "fragmented.mp4"
    words = [
        "-v",
        "error",
        "-i",
        str(source("open.mp4")),
        "-c",
        "copy",
        "-movflags",
        "frag_keyframe",
    ]
    subprocess.run([BUNDLED, "-nostdin", *words, fragmented], check=True)
    with pytest.raises(CannotCut, match="fragmented"):
        opened(fragmented.read_bytes())


def test_h264_that_is_refreshed_bit_by_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "refresh.mp4"
    command = "-v error -f lavfi -i testsrc2=size=96x64:rate=25:duration=4 -c:v libx264"
    refreshed = "-x264-params intra-refresh=1:keyint=25"
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, *shlex.split(f"{command} {refreshed}"), path], check=True)
    with pytest.raises(CannotCut, match="only some pictures later"):
        opened(path.read_bytes())
