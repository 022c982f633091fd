"""What the script reads of a source: the whole, or a part, with files beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from batchff.node.exit_codes import NodeExit
from tests.node.test_encode import Node, last_line
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


@pytest.mark.parametrize("time", ["", "x", "1:10", "-1", "1;x", ".", "1.2.3", "$(x)"])
def test_what_is_no_time_is_a_wrong_call(time: str, tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(preset_recipe("mp3"))
    code, said = node.encode("-ss", time, "input.mp4", "-")
    assert (code, last_line(said)) == (NodeExit.USAGE, f"encode.sh: not a time: '{time}'")


def test_only_the_source_is_cut_and_not_the_files_beside_it(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    words = ["-i", "{input}", "-i", "{with:0}", "-map", "1:v", "-map", "0:a", "-f", "framecrc"]
    node.receive(one_run(words, ".framecrc"))
    shutil.copy(node.work / "input.mp4", node.work / "with-0.mp4")
    code, said = node.encode("-to", "1", "input.mp4", "-", "with-0.mp4", "-")
    assert code == 0, said
    lines = (node.made / "output.framecrc").read_text().splitlines()
    assert len([each for each in lines if each.startswith("0,")]) == 75
