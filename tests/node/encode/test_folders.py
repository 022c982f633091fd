"""Outputs that are folders: ladders, pieces, pictures; and playlists that name what isn't there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.model.recipes import Promise, Recipe, Run
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import encode, files_below, install_after, recipe
from tests.node.shells import each_shell
from tests.node.test_encode import Node

RENDITIONS = """
    -i {input} -map 0:v -map 0:v -map 0:a -c:v libx264 -preset ultrafast -g 25 -s:v:1 96x54
    -c:a aac -f hls -hls_time 1 -hls_list_size 0 -hls_segment_type fmp4
    -master_pl_name master.m3u8 -var_stream_map
"""
VARIANTS = "v:0,agroup:a v:1,agroup:a a:0,agroup:a"
LADDER = recipe(
    Run((*RENDITIONS.split(), VARIANTS, "-hls_segment_filename", "hls/%v-%d.m4s", "hls/%v.m3u8")),
    folders=["hls"],
)
PIECES = recipe(
    "-i {input} -c:v libx264 -preset ultrafast -g 25 -c:a copy -f hls -hls_time 1 "
    "-hls_list_size 0 hls/out.m3u8",
    folders=["hls"],
)
WHOLE = recipe(
    "-i {input} -c:v libx264 -preset ultrafast -g 25 -c:a copy -f segment -segment_time 1 "
    "-segment_list list.m3u8 part%d.mp4",
    folders=["."],
)
LISTED = recipe(
    "-i {input} -c:v libx264 -preset ultrafast -g 25 -c:a copy -f segment -segment_time 1 "
    "-segment_list list.m3u8 part%d.ts",
    folders=["."],
)
THUMBNAILS = recipe("-i {input} -vf fps=10 thumbs/%03d.jpg", folders=["thumbs"])
DASH = recipe("-i {input} -c copy -f dash dash/out.mpd", folders=["dash"])


def count_runs(node: Node, ffmpeg: Path) -> None:
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f"echo run >>../runs; exec '{ffmpeg}' \"$@\"")


def runs(node: Node) -> int:
    return (node.work / "runs").read_text().count("run")


def test_a_ladder_is_decoded_through_its_master(node: Node, ffmpeg: Path) -> None:
    count_runs(node, ffmpeg)

    assert encode(node, LADDER) == (0, "encode.sh: made hls")

    made = files_below(node.made)
    assert {"hls.manifest", "hls/master.m3u8", "hls/0-2.m4s", "hls/1-0.m4s", "hls/2.m3u8"} <= made
    assert runs(node) == 3


@each_shell
def test_what_is_played_is_as_long_as_the_source(node: Node, shell: str) -> None:
    assert encode(node, promising(LADDER), shell) == (0, "encode.sh: made hls")


@one_ffmpeg
@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ("-t 2", "encode.sh: master.m3u8: 2.0 of 3.0 s"),
        ("-filter:a atrim=end=2", "encode.sh: master.m3u8: 2.0 of 3.0 s of the sound"),
    ],
)
def test_a_ladder_that_ends_early_is_wrong(node: Node, cut: str, said: str) -> None:
    asked = promising(LADDER)
    run = asked.runs[0]
    cut_off = replace(run, arguments=(*run.arguments[:2], *cut.split(), *run.arguments[2:]))

    assert encode(node, replace(asked, runs=(cut_off,))) == (NodeExit.WRONG, said)


def promising(asked: Recipe) -> Recipe:
    """Return the recipe with a promise that its folder is as long as the source."""
    promise = Promise(duration=True)
    return replace(asked, outputs=(replace(asked.outputs[0], promise=promise),))


def test_pieces_are_decoded_through_their_playlist(node: Node, ffmpeg: Path) -> None:
    count_runs(node, ffmpeg)

    assert encode(node, PIECES) == (0, "encode.sh: made hls")
    assert {"hls/out.m3u8", "hls/out0.ts", "hls/out2.ts"} <= files_below(node.made)
    assert runs(node) == 3


def test_whole_files_of_a_list_are_decoded_each_for_itself(node: Node, ffmpeg: Path) -> None:
    count_runs(node, ffmpeg)

    assert encode(node, WHOLE) == (0, "encode.sh: made .")
    assert files_below(node.made) == {
        "files.manifest", "list.m3u8", "part0.mp4", "part1.mp4", "part2.mp4"
    }  # fmt: skip
    assert runs(node) == 3


def test_thumbnails_are_decoded_many_at_once(node: Node, ffmpeg: Path) -> None:
    count_runs(node, ffmpeg)

    assert encode(node, THUMBNAILS) == (0, "encode.sh: made thumbs")
    assert len(files_below(node.made / "thumbs")) == 30
    assert runs(node) == 4


def test_dash_of_whole_files_is_decoded_file_by_file(node: Node, ffmpeg: Path) -> None:
    whole = recipe("-i {input} -c copy -f dash -single_file 1 dash/out.mpd", folders=["dash"])
    assert encode(node, whole)[0] == 0
    install_after(
        node, ffmpeg, "head -c 20000 dash/out-stream0.mp4 >cut; mv cut dash/out-stream0.mp4"
    )

    code, said = encode(node, whole)

    assert code == NodeExit.BROKEN
    assert said.startswith("encode.sh: dash/out-stream0.mp4 doesn't decode without an error")


def test_dash_is_decoded_through_its_mpd(node: Node) -> None:
    node.receive(DASH)

    code, said = node.encode("input.mp4", "-")

    assert code == 0, said
    assert "warning" not in said


SPOIL = """
    '{python}' -SE -c '
import sys
with open(sys.argv[1], "rb+") as file:
    data = bytearray(file.read())
    data[len(data) // 2:len(data) // 2 + 400] = bytes(400)
    file.seek(0)
    file.write(data)' {name}
"""


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (LADDER, "hls/0-1.m4s"),
        (LADDER, "hls/1-2.m4s"),
        (LADDER, "hls/2-0.m4s"),
        (PIECES, "hls/out1.ts"),
        (LISTED, "part1.ts"),
        (WHOLE, "part1.mp4"),
        (DASH, "dash/chunk-stream0-00001.m4s"),
    ],
)
def test_a_spoilt_file_of_a_folder_fails(
    node: Node, ffmpeg: Path, asked: Recipe, name: str
) -> None:
    install_after(node, ffmpeg, SPOIL.format(python=sys.executable, name=name))

    code, said = encode(node, asked)

    assert code == NodeExit.BROKEN, said
    assert "doesn't decode without an error" in said
    assert not {"made", "making", "lists"} & node.files()


def test_the_picture_that_does_not_decode_is_named(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "head -c 1000 thumbs/020.jpg >cut && mv cut thumbs/020.jpg")

    code, said = encode(node, THUMBNAILS)

    assert code == NodeExit.BROKEN
    assert said.startswith("encode.sh: thumbs/020.jpg doesn't decode without an error")


@one_ffmpeg
@pytest.mark.parametrize(
    ("asked", "gone", "playlist"),
    [
        (LADDER, "1-1.m4s", "hls/1.m3u8"),
        (LADDER, "2.m3u8", "hls/master.m3u8"),
        (PIECES, "out1.ts", "hls/out.m3u8"),
    ],
)
def test_a_playlist_that_names_what_is_not_there_fails(
    node: Node, ffmpeg: Path, asked: Recipe, gone: str, playlist: str
) -> None:
    install_after(node, ffmpeg, f"rm hls/{gone}")

    assert encode(node, asked) == (
        NodeExit.BROKEN,
        f"encode.sh: {playlist} names {gone}, which ffmpeg didn't make",
    )


@one_ffmpeg
def test_a_playlist_that_names_nothing_fails(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "echo '#EXTM3U' >hls/empty.m3u8")

    assert encode(node, PIECES) == (
        NodeExit.BROKEN,
        "encode.sh: hls/empty.m3u8 is a playlist that names nothing",
    )


@one_ffmpeg
def test_an_initialization_that_is_not_there_fails(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "rm hls/init_1.mp4")

    assert encode(node, LADDER) == (
        NodeExit.BROKEN,
        "encode.sh: hls/1.m3u8 names init_1.mp4, which ffmpeg didn't make",
    )


@one_ffmpeg
def test_an_mpd_without_its_pieces_fails(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "rm dash/chunk-stream0-00001.m4s")

    assert encode(node, DASH)[0] == NodeExit.BROKEN


@one_ffmpeg
def test_a_folder_without_a_file_fails(node: Node) -> None:
    asked = recipe("-i {input} -vn out.mp3", files=["out.mp3"], folders=["thumbs"])

    assert encode(node, asked) == (NodeExit.EMPTY, "encode.sh: ffmpeg made no file in thumbs")


@one_ffmpeg
def test_a_playlist_may_not_name_what_is_outside_of_its_folder(node: Node, ffmpeg: Path) -> None:
    spoil = "echo ../../with-0.ts >>hls/out.m3u8; : >../with-0.ts"
    install_after(node, ffmpeg, spoil)

    assert encode(node, PIECES) == (
        NodeExit.BROKEN,
        "encode.sh: hls/out.m3u8 names ../../with-0.ts, which is outside of its folder",
    )


@one_ffmpeg
def test_a_playlist_of_addresses_is_not_decoded_and_that_is_told(node: Node) -> None:
    address = "http://127.0.0.1:1/films/"
    asked = recipe(
        f"-i {{input}} -c copy -f hls -hls_base_url {address} hls/out.m3u8", folders=["hls"]
    )
    node.receive(asked)

    code, said = node.encode("input.mp4", "-")

    assert code == 0
    assert "warning: not decoded: what is named in hls/out.m3u8" in said.splitlines()


@one_ffmpeg
@pytest.mark.parametrize(
    "line", ["#EXT-X-MAP:URI=/etc/passwd", '#EXT-X-MAP:URI="out0.ts",URI="/etc/passwd"']
)
def test_a_playlist_as_ffmpeg_writes_none_is_not_decoded(
    node: Node, ffmpeg: Path, line: str
) -> None:
    install_after(node, ffmpeg, f"echo '{line}' >>hls/out.m3u8")
    node.receive(PIECES)

    _, said = node.encode("input.mp4", "-")

    assert "warning: not decoded: what is named in hls/out.m3u8" in said.splitlines()
    assert "passwd" not in said


@one_ffmpeg
@pytest.mark.parametrize("place", ["/etc/", "../", "file:/etc/", "&#47;etc/"])
def test_an_mpd_that_names_files_elsewhere_is_not_decoded(
    node: Node, ffmpeg: Path, place: str
) -> None:
    program = f"'s|media=\"|media=\"{place}|'"
    install_after(node, ffmpeg, f"sed -i -e {program.replace('&', chr(92) + '&')} dash/out.mpd")
    (node.bin / "sed").symlink_to("/bin/sed")
    node.receive(DASH)

    code, said = node.encode("input.mp4", "-")

    assert place in (node.made / "dash/out.mpd").read_text()
    assert code == 0
    assert "warning: not decoded: what is named in dash/out.mpd" in said.splitlines()


@one_ffmpeg
def test_an_ffmpeg_that_reads_no_mpd_leaves_it_undecoded(node: Node, ffmpeg: Path) -> None:
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f"""case " $* " in *' -demuxers '*) exit ;; esac; exec '{ffmpeg}' "$@" """)
    node.receive(DASH)

    code, said = node.encode("input.mp4", "-")

    assert code == 0
    assert "warning: not decoded: what is named in dash/out.mpd" in said.splitlines()


@one_ffmpeg
def test_texts_in_a_folder_may_be_empty(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, ": >thumbs/black.txt")

    assert encode(node, THUMBNAILS)[0] == 0


@each_shell
def test_every_usual_shell_finds_all_files(tmp_path: Path, ffmpeg: Path, shell: str) -> None:
    node = Node(tmp_path, ffmpeg)
    spoil = "mkdir -p 'a b/.c' 'a b/d' && for name in 'a b/.c/x y.txt' 'a b/d/$(x)' .e.txt; do"
    install_after(node, ffmpeg, f'{spoil} mv out.wav "$name"; cp "$name" out.wav; done')
    (node.bin / "cp").symlink_to("/bin/cp")

    code, said = encode(node, recipe("-i {input} -vn -t 0.1 out.wav", folders=["."]), shell)

    assert code == 0, said
    assert files_below(node.made) == {
        "files.manifest", "out.wav", "a b/.c/x y.txt", "a b/d/$(x)", ".e.txt"
    }  # fmt: skip
