"""What the script reads of a source: the whole, or a part, with files beside it."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import pytest

from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.test_encode import Node, last_line, make
from tests.recipes import one_run, preset_recipe


def seconds(said: str) -> float:
    """How long the output was that ffmpeg read back: the last time that it said."""
    hours, minutes, rest = re.findall(r"time=(\d+):(\d+):([\d.]+)", said)[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


@pytest.mark.parametrize(
    ("words", "frames"),
    [([], 75), (["-ss", "1"], 50), (["-to", "1"], 25), (["-ss", "0.52", "-to", "2"], 37)],
)
def test_a_part_of_a_source_is_exact_to_the_frame(
    words: list[str], frames: int, tmp_path: Path, ffmpeg: Path
) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(one_run(["-an", "-f", "framemd5"], ".framemd5"))
    code, said = node.encode(*words, "input.mp4", "-")
    assert code == 0, said
    made = (node.made / "output.framemd5").read_text().splitlines()
    assert len([each for each in made if not each.startswith("#")]) == frames


def test_each_run_reads_the_same_part(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(preset_recipe("loudness"))
    code, said = node.encode("-ss", "1", "-to", "2", "input.mp4", "-")
    assert code == 0, said
    assert len(re.findall(r"Duration: 00:00:03", said)) == 2
    assert abs(seconds(said) - 1) < 0.1


@one_ffmpeg
@pytest.mark.parametrize("time", ["", "x", "1:10", "-1", "1;x", ".", "1.2.3", "$(x)"])
def test_what_is_no_time_is_a_wrong_call(time: str, tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(preset_recipe("mp3"))
    code, said = node.encode("-ss", time, "input.mp4", "-")
    assert (code, last_line(said)) == (NodeExit.USAGE, f"encode.sh: not a time: '{time}'")


@one_ffmpeg
def test_only_the_source_is_cut_and_not_the_files_beside_it(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    words = ["-i", "{input}", "-i", "{with:0}", "-map", "1:v", "-map", "0:a", "-f", "framecrc"]
    node.receive(one_run(words, ".framecrc"))
    shutil.copy(node.work / "input.mp4", node.work / "with-0.mp4")
    code, said = node.encode("-to", "1", "input.mp4", "-", "with-0.mp4", "-")
    assert code == 0, said
    lines = (node.made / "output.framecrc").read_text().splitlines()
    assert len([each for each in lines if each.startswith("0,")]) == 75


@pytest.fixture
def stream(tmp_path: Path, ffmpeg: Path) -> Path:
    """A transport stream of 40 s with few key frames."""
    picture = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=40"]
    coded = ["-c:v", "libx264", "-g", "250", "-sc_threshold", "0", "-f", "mpegts"]
    return make(ffmpeg, tmp_path / "stream.ts", *picture, *coded)


def hashes(file: Path) -> list[str]:
    return [each.split(",")[-1] for each in file.read_text().splitlines() if each[0] != "#"]


@pytest.mark.parametrize(
    "words",
    [["-ss", "3.3", "-to", "5.1"], ["-ss", "31", "-to", "32.5"], ["-ss", "38"], ["-to", "2"]],
)
def test_a_part_of_a_transport_stream_has_the_pictures_of_that_part(
    words: list[str], stream: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    whole = make(ffmpeg, tmp_path / "whole.framemd5", "-i", str(stream), "-an", "-f", "framemd5")
    part = Node(tmp_path / "part", ffmpeg)
    part.receive(one_run(["-an", "-f", "framemd5"], ".framemd5"), stream)
    code, said = part.encode(*words, "input.ts", "-")
    assert code == 0, said
    first = math.ceil(float(words[words.index("-ss") + 1]) * 25) if "-ss" in words else 0
    last = math.ceil(float(words[words.index("-to") + 1]) * 25) if "-to" in words else None
    pictures = hashes(whole)
    assert len(pictures) == 1000
    assert hashes(part.made / "output.framemd5") == pictures[first:last]
    assert not any(path.is_fifo() for path in part.work.rglob("*"))


@one_ffmpeg
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-ss", "3"], "the clip begins at 3 s, and the source is 3.0 s long"),
        (["-ss", "20", "-to", "30"], "the clip begins at 20 s, and the source is 3.0 s long"),
        (["-ss", "1", "-to", "9.5"], "the clip ends at 9.5 s, and the source is 3.0 s long"),
    ],
)
@pytest.mark.parametrize("name", ["mp3", "remux"])
def test_a_part_that_isnt_in_the_source_is_told_by_that(
    name: str, words: list[str], why: str, tmp_path: Path, ffmpeg: Path
) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(preset_recipe(name))
    code, said = node.encode(*words, "input.mp4", "-")
    assert (code, last_line(said)) == (NodeExit.EMPTY, f"encode.sh: {why}")


@one_ffmpeg
def test_an_end_that_was_rounded_up_is_taken(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(preset_recipe("mp3"))
    code, said = node.encode("-ss", "1", "-to", "4", "input.mp4", "-")
    assert code == 0, said


def test_a_part_after_the_end_of_a_transport_stream_fails(
    stream: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(preset_recipe("archive"), stream)
    code, _ = node.encode("-ss", "60", "-to", "70", "input.ts", "-")
    assert code in (NodeExit.EMPTY, NodeExit.BROKEN, NodeExit.FAILED)
