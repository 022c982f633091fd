"""Outputs that are files: which are good, and how the others fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.model.recipes import Run
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import encode, files_below, install_after, recipe
from tests.node.shells import each_shell
from tests.node.test_encode import Node

TWO = recipe(
    "-i {input} -map 0:v -c copy film.mp4 -map 0:a -c:a libmp3lame sound.mp3",
    files=["film.mp4", "sound.mp3"],
)


def test_one_run_makes_two_outputs(node: Node) -> None:
    assert encode(node, TWO) == (0, "encode.sh: made film.mp4, sound.mp3")

    assert files_below(node.made) == {"film.mp4", "sound.mp3"}


@each_shell
@pytest.mark.parametrize(
    "name", ["two  words.mkv", "$(touch x).mkv", 'it\'s "it".mkv', "`x`;&|.mkv", "a:b%d*.mkv"]
)
def test_an_output_may_have_any_name(tmp_path: Path, ffmpeg: Path, name: str, shell: str) -> None:
    node = Node(tmp_path, ffmpeg)
    # A name with a colon would be an address to ffmpeg.
    line = Run(("-i", "{input}", "-map", "0:v", "-c", "copy", f"file:{name}"))

    code, said = encode(node, recipe(line, files=[name]), shell)

    assert (code, said) == (0, f"encode.sh: made {name}")
    assert files_below(node.made) == {name}
    assert not (node.work / "x").exists()


@one_ffmpeg
def test_an_output_in_a_folder_of_its_own(node: Node) -> None:
    asked = recipe("-i {input} -vn one/two/out.wav", files=["one/two/out.wav"])
    node.receive(replace(asked, folders=("one/two",)))

    assert node.encode("input.mp4", "-")[0] == 0
    assert files_below(node.made) == {"one/two/out.wav"}


@one_ffmpeg
def test_an_output_that_is_not_made_fails_by_its_name(node: Node) -> None:
    asked = recipe("-i {input} -vn sound.mp3", files=["sound.mp3", "film.mp4"])

    assert encode(node, asked) == (NodeExit.EMPTY, "encode.sh: ffmpeg made no film.mp4")
    assert not {"made", "making"} & node.files()


def test_an_output_that_does_not_decode_fails_by_its_name(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "head -c 20000 film.mp4 >cut && mv cut film.mp4")

    code, said = encode(node, TWO)

    assert code == NodeExit.BROKEN
    assert said.startswith("encode.sh: film.mp4 doesn't decode without an error (")
    assert not {"made", "making"} & node.files()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("hashes.framemd5", "-map 0:v -c copy -f framemd5"),
        ("all.md5", "-c copy -f md5"),
        ("tags.txt", "-f ffmetadata"),
        ("picture.yuv", "-an -frames:v 1 -pix_fmt yuv420p"),
    ],
)
def test_texts_and_raw_media_are_good_when_there_is_something_in_them(
    node: Node, name: str, arguments: str
) -> None:
    assert encode(node, recipe(f"-i {{input}} {arguments} {name}", files=[name]))[0] == 0


@one_ffmpeg
def test_an_empty_text_is_none(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, ": >all.md5")

    assert encode(node, recipe("-i {input} -c copy -f md5 all.md5", files=["all.md5"])) == (
        NodeExit.EMPTY,
        "encode.sh: ffmpeg made nothing of this input",
    )


@one_ffmpeg
def test_texts_cost_no_run_of_ffmpeg(node: Node, ffmpeg: Path) -> None:
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f"echo run >>../runs; exec '{ffmpeg}' \"$@\"")

    encode(
        node, recipe("-i {input} -c copy -f md5 all.md5 -c copy a.mkv", files=["all.md5", "a.mkv"])
    )

    assert (node.work / "runs").read_text() == "run\n" * 3


@one_ffmpeg
def test_what_no_output_names_is_told_and_stays_on_the_node(node: Node) -> None:
    asked = recipe("-i {input} -vn sound.mp3 -c copy over.mkv", files=["sound.mp3"])
    node.receive(asked)

    code, said = node.encode("input.mp4", "-")

    assert code == 0
    assert said.splitlines()[-2:] == [
        "warning: also made, not kept: over.mkv", "encode.sh: made sound.mp3"
    ]  # fmt: skip


@one_ffmpeg
def test_of_much_that_no_output_names_only_some_is_told(node: Node) -> None:
    node.receive(recipe("-i {input} -vn sound.mp3 -r 4 %d.jpg", files=["sound.mp3"]))

    _, said = node.encode("input.mp4", "-")

    assert "warning: also made, not kept: 1.jpg, 10.jpg, 11.jpg, 12.jpg, 13.jpg, and more" in (
        said.splitlines()
    )


@pytest.mark.parametrize(
    "line", ["Finput.mp4", "F/etc/x", "F../x.mp4", "Fa/../../x", "F-x.mp4", "F", "G..", "D/x", "X"]
)
def test_an_output_that_would_be_elsewhere_is_refused(tmp_path: Path, line: str) -> None:
    node = Node(tmp_path)
    node.install("touch ../ran")
    node.receive(TWO)
    (node.work / "recipe.txt").write_text(f"{line}\nR\nA-version\n")

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.USAGE
    assert len(said.splitlines()) == 1
    assert not {"ran", "making", "made"} & node.files()
