"""What a node says of outputs that are good: the text of their verdict."""

from __future__ import annotations

from pathlib import Path

from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import encode, recipe
from tests.node.shells import each_shell
from tests.node.test_encode import Node


def told(node: Node) -> list[str]:
    return (node.work / "done.txt").read_text().splitlines()


@each_shell
def test_it_has_the_size_of_each_output_and_the_ffmpeg(
    tmp_path: Path, ffmpeg: Path, shell: str
) -> None:
    node = Node(tmp_path, ffmpeg)
    line = "-i {input} -vf fps=2 thumbs/%d.jpg -vn sound.mp3"
    made = recipe(line, files=["sound.mp3"], folders=["thumbs"])

    assert encode(node, made, shell)[0] == 0

    lines = told(node)
    sizes = {line.split()[2]: int(line.split()[1]) for line in lines[:2]}
    assert sizes == {
        "sound.mp3": (node.made / "sound.mp3").stat().st_size,
        "thumbs": (node.made / "thumbs.manifest").stat().st_size,
    }
    assert lines[2].startswith("ffmpeg ")


@one_ffmpeg
def test_there_is_none_of_what_failed(node: Node) -> None:
    assert encode(node, recipe("-i {input} -map 0:s output.mp3", files=["output.mp3"]))[0] != 0
    assert not (node.work / "done.txt").exists()
