"""Sources that are cut off or damaged, and those that only look so."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from batchff.node.exit_codes import NodeExit
from tests.node.encode.recipes import recipe
from tests.node.shells import each_shell
from tests.node.test_encode import Node, last_line, make
from tests.recipes import preset_recipe

FILM = [
    *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=4", "-f", "lavfi", "-i", "sine=d=4"),
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac"),
]
PCM = ["-f", "lavfi", "-i", "sine=d=4"]


def film(ffmpeg: Path, folder: Path, name: str, *more: str) -> Path:
    return make(ffmpeg, folder / name, *FILM, *more)


def cut(path: Path, share: float = 0.6, odd: int = 0) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share) // 2 * 2 + odd])
    return path


def proven(
    folder: Path, ffmpeg: Path, source: Path, preset: str = "h264", *options: str, shell: str = "sh"
) -> tuple[int, str]:
    """Return the exit code of a preset on a source, and all that was said."""
    node = Node(folder / "node", ffmpeg)
    node.receive(preset_recipe(preset), source)
    return node.encode(*options, f"input{source.suffix}", "-", shell=shell)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "a.flv"])
def test_a_film_that_is_cut_off_is_told_with_what_there_is(
    tmp_path: Path, ffmpeg: Path, name: str
) -> None:
    codecs = ["-c:v", "libvpx", "-c:a", "libopus"] if name == "a.webm" else []
    first = ["-movflags", "+faststart"] if name in ("a.mp4", "a.mov") else []
    source = cut(film(ffmpeg, tmp_path, name, *codecs, *first))

    code, said = proven(tmp_path, ffmpeg, source)

    assert code == NodeExit.SOURCE_BAD, said
    assert last_line(said).endswith("s: the source is cut off")
    assert " of 4." in last_line(said) or " of 3.9" in last_line(said)


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_sound_that_is_cut_off_is_told(tmp_path: Path, ffmpeg: Path, name: str, odd: int) -> None:
    source = cut(make(ffmpeg, tmp_path / name, *PCM), 0.5, odd)

    code, said = proven(tmp_path, ffmpeg, source, "mp3")

    assert code == NodeExit.SOURCE_BAD, said
    assert last_line(said).endswith("of 4.0 s: the source is cut off")


def test_an_mp3_that_is_cut_off_is_told(tmp_path: Path, ffmpeg: Path) -> None:
    source = cut(make(ffmpeg, tmp_path / "a.mp3", *PCM, "-b:a", "64k"))

    code, said = proven(tmp_path, ffmpeg, source, "wav16k")

    assert code == NodeExit.SOURCE_BAD, said
    assert "of 4.0 s: the source is cut off" in last_line(said)


def test_a_transport_stream_that_ends_within_a_packet_is_cut_off(
    tmp_path: Path, ffmpeg: Path
) -> None:
    source = film(ffmpeg, tmp_path, "a.ts")
    source.write_bytes(source.read_bytes()[: 188 * 400 + 50])

    code, said = proven(tmp_path, ffmpeg, source)

    assert code == NodeExit.SOURCE_BAD, said


@each_shell
@pytest.mark.parametrize("filling", [b"\0", b"\xa5"])
def test_a_film_that_is_damaged_fails_by_that(
    tmp_path: Path, ffmpeg: Path, shell: str, filling: bytes
) -> None:
    source = film(ffmpeg, tmp_path, "a.mp4")
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = filling * 3000
    source.write_bytes(data)

    code, said = proven(tmp_path, ffmpeg, source, shell=shell)

    assert code == NodeExit.SOURCE_BAD, said
    assert last_line(said).startswith("encode.sh: the source is damaged (ffmpeg found ")


def test_a_transport_stream_with_a_hole_is_damaged(tmp_path: Path, ffmpeg: Path) -> None:
    source = film(ffmpeg, tmp_path, "a.ts")
    data = source.read_bytes()
    middle = len(data) // 2 // 188 * 188
    source.write_bytes(data[:middle] + data[middle + 188 * 40 :])

    code, said = proven(tmp_path, ffmpeg, source)

    assert code == NodeExit.SOURCE_BAD, said


@each_shell
def test_what_can_be_made_is_kept_when_that_is_asked_for(
    tmp_path: Path, ffmpeg: Path, shell: str
) -> None:
    source = cut(film(ffmpeg, tmp_path, "a.mp4", "-movflags", "+faststart"))
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(preset_recipe("h264"), source)

    code, said = node.encode("-salvage", "input.mp4", "-", shell=shell)

    assert code == 0, said
    told = (node.work / "told.txt").read_text().splitlines()
    (words,) = [line.removeprefix("salvaged: ") for line in told if line.startswith("salvaged: ")]
    assert words.endswith("of 4.0 s: the source is cut off")
    assert said.splitlines()[-2:] == [f"encode.sh: salvaged: {words}", "encode.sh: made film.mp4"]


def test_a_whole_source_is_not_called_salvaged(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(preset_recipe("mp3"), film(ffmpeg, tmp_path, "a.mp4"))

    assert node.encode("-salvage", "input.mp4", "-")[0] == 0
    assert not (node.work / "told.txt").exists()


def test_the_next_attempt_ends_with_the_same_words(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(preset_recipe("mp3"), cut(make(ffmpeg, tmp_path / "a.flac", *PCM)))

    first = node.encode("input.flac", "-")
    again = node.encode("input.flac", "-")

    assert first[0] == again[0] == NodeExit.SOURCE_BAD
    assert last_line(first[1]) == last_line(again[1])


# No false alarms


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a.mp4", []),
        ("a.avi", ["-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"]),
        ("a.mpg", ["-c:v", "mpeg2video", "-c:a", "mp2"]),
        ("a.ts", []),
        ("a.wmv", ["-c:v", "wmv2", "-c:a", "wmav2"]),
        ("a.mxf", ["-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"]),
        ("a.webm", ["-c:v", "libvpx", "-c:a", "libvorbis"]),
        ("wrap.ts", ["-output_ts_offset", "95441.7", "-muxdelay", "0"]),
        ("short.mkv", ["-af", "atrim=end=2"]),
        ("live.mkv", ["-f", "matroska", "-live", "1"]),
        ("fragments.mp4", ["-movflags", "frag_keyframe+empty_moov"]),
    ],
)
def test_a_whole_film_is_no_alarm(tmp_path: Path, ffmpeg: Path, name: str, more: list[str]) -> None:
    source = film(ffmpeg, tmp_path, name, *more)

    code, said = proven(tmp_path, ffmpeg, source)

    assert code == 0, said
    assert "warning" not in said.replace("[warning]", "")


def test_joined_mp3s_are_no_alarm(tmp_path: Path, ffmpeg: Path) -> None:
    parts = [make(ffmpeg, tmp_path / f"{n}.mp3", *PCM, "-q:a", "4") for n in (1, 2)]
    source = tmp_path / "joined.mp3"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))

    code, said = proven(tmp_path, ffmpeg, source, "flac")

    assert code == 0, said


def test_a_wav_of_unknown_length_is_no_alarm(tmp_path: Path, ffmpeg: Path) -> None:
    source = make(ffmpeg, tmp_path / "a.wav", *PCM)
    data = bytearray(source.read_bytes())
    data[4:8] = b"\xff" * 4
    data[data.index(b"data") + 4 : data.index(b"data") + 8] = b"\xff" * 4
    source.write_bytes(data)

    assert proven(tmp_path, ffmpeg, source, "mp3")[0] == 0


def test_subtitles_longer_than_the_film_are_no_alarm(tmp_path: Path, ffmpeg: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:09,000\nHello\n\n")
    base = film(ffmpeg, tmp_path, "base.mp4")
    source = make(ffmpeg, tmp_path / "a.mkv", "-i", str(base), "-i", str(text), "-c", "copy")

    assert proven(tmp_path, ffmpeg, source)[0] == 0


def test_a_recording_that_begins_within_a_group_of_pictures_is_told(
    tmp_path: Path, ffmpeg: Path
) -> None:
    source = film(ffmpeg, tmp_path, "a.ts")
    source.write_bytes(source.read_bytes()[188 * 40 :])

    code, said = proven(tmp_path, ffmpeg, source)

    assert code == 0, said
    assert "warning: the source's first pictures can't be decoded" in said


@pytest.mark.parametrize(
    "line", ["-t 1 out.mp4", "-frames:v 10 -an out.mp4", "-ss 0.2 -to 1.2 out.mp4"]
)
def test_a_line_that_needs_less_than_is_there_is_no_alarm(
    tmp_path: Path, ffmpeg: Path, line: str
) -> None:
    source = cut(film(ffmpeg, tmp_path, "a.mp4", "-movflags", "+faststart"), 0.7)
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(recipe(f"-i {{input}} {line}", files=["out.mp4"]), source)

    code, said = node.encode("input.mp4", "-")

    assert code == 0, said
    assert "warning: the source is cut off or damaged" in said


def test_a_line_that_needs_more_than_is_there_fails(tmp_path: Path, ffmpeg: Path) -> None:
    source = cut(film(ffmpeg, tmp_path, "a.mp4", "-movflags", "+faststart"))
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(recipe("-i {input} -t 3.5 out.mp4", files=["out.mp4"]), source)

    assert node.encode("input.mp4", "-")[0] == NodeExit.SOURCE_BAD


def test_a_clip_of_what_is_there_is_no_alarm_and_one_beyond_fails(
    tmp_path: Path, ffmpeg: Path
) -> None:
    source = cut(film(ffmpeg, tmp_path, "a.mp4", "-movflags", "+faststart"), 0.7)

    assert proven(tmp_path, ffmpeg, source, "h264", "-ss", "0.5", "-to", "1.5")[0] == 0
    (tmp_path / "node").rename(tmp_path / "first")
    code, said = proven(tmp_path, ffmpeg, source, "h264", "-ss", "0.5", "-to", "3.5")
    assert code == NodeExit.SOURCE_BAD, said


@pytest.mark.parametrize(
    ("name", "options"), [("a.flac", ()), ("a.mp3", ("-c:a", "libmp3lame", "-b:a", "128k"))]
)
def test_a_sound_with_a_spoilt_middle_is_damaged(
    tmp_path: Path, ffmpeg: Path, name: str, options: tuple[str, ...]
) -> None:
    source = make(ffmpeg, tmp_path / name, *PCM, *options)
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = Random(7).randbytes(2000)
    source.write_bytes(data)

    code, said = proven(tmp_path, ffmpeg, source, "mp3")

    if name == "a.flac" and "Lavc59" in said:
        pytest.skip("ffmpeg 5.1 leaves out the frames that are spoilt, and says nothing")
    assert code == NodeExit.SOURCE_BAD, said
    assert last_line(said).startswith("encode.sh: the source is damaged (ffmpeg found ")


def test_joined_recordings_are_as_long_as_all_of_them(tmp_path: Path, ffmpeg: Path) -> None:
    part = film(ffmpeg, tmp_path, "part.ts")
    source = tmp_path / "joined.ts"
    source.write_bytes(part.read_bytes() * 2)

    code, said = proven(tmp_path, ffmpeg, source, "h264")

    assert code == 0, said


def test_a_matroska_file_that_begins_late_isnt_cut_off(tmp_path: Path, ffmpeg: Path) -> None:
    part = film(ffmpeg, tmp_path, "part.mkv")
    source = tmp_path / "late.mkv"
    words = ["-itsoffset", "1.5", "-i", str(part), "-c", "copy", str(source)]
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", *words], check=True)

    code, said = proven(tmp_path, ffmpeg, source, "h264")

    assert code == 0, said


def test_a_blu_ray_stream_that_ends_within_a_packet_is_cut_off(
    tmp_path: Path, ffmpeg: Path
) -> None:
    source = cut(film(ffmpeg, tmp_path, "a.m2ts"), 0.61)
    assert source.stat().st_size % 192

    code, said = proven(tmp_path, ffmpeg, source, "mp3")

    assert code == NodeExit.SOURCE_BAD, said
    assert last_line(said).endswith(" s: the source is cut off")
