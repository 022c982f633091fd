"""What a node says of the files in a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.node.exit_codes import NodeExit
from batchff.node.manifest import ManifestFile, parse_manifest
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import encode, install_after, recipe
from tests.node.shells import each_shell
from tests.node.test_encode import Node

PAGE = os.sysconf("SC_PAGESIZE")
THUMBNAILS = recipe("-i {input} -vf fps=2 thumbs/%d.jpg", folders=["thumbs"])
NAMES = ["two  words.txt", "a b/c.txt", "back\\slash.txt", "$(x).txt", "-dash.txt", "10.txt"]


def in_folder(folder: Path) -> tuple[ManifestFile, ...]:
    """Return what a manifest should say, from the files themselves."""
    found = sorted(os.fsencode(path) for path in folder.rglob("*") if path.is_file())
    files = []
    for name in found:
        path = Path(os.fsdecode(name))
        content = path.read_bytes()
        md5 = hashlib.md5(content).hexdigest()
        files.append(ManifestFile(str(path.relative_to(folder)), len(content), md5))
    return tuple(files)


@each_shell
def test_a_manifest_says_what_is_in_the_folder(tmp_path: Path, ffmpeg: Path, shell: str) -> None:
    node = Node(tmp_path, ffmpeg)
    spoil = ["mkdir 'thumbs/a b'"]
    spoil += [f"echo text >'thumbs/{name}'" for name in NAMES]
    install_after(node, ffmpeg, "; ".join([*spoil, ": >thumbs/empty.txt"]))

    assert encode(node, THUMBNAILS, shell)[0] == 0

    files = parse_manifest((node.made / "thumbs.manifest").read_bytes())
    assert files == in_folder(node.made / "thumbs")
    assert {file.path for file in files} >= {*NAMES, "empty.txt", "1.jpg"}


def test_ffmpeg_makes_the_md5s_where_nothing_else_does(node: Node, ffmpeg: Path) -> None:
    (node.bin / "md5sum").unlink()
    install_after(node, ffmpeg, ": >thumbs/empty.txt; echo text >'thumbs/a:b%d.txt'")

    assert encode(node, THUMBNAILS)[0] == 0

    files = parse_manifest((node.made / "thumbs.manifest").read_bytes())
    assert files == in_folder(node.made / "thumbs")


@one_ffmpeg
def test_links_and_the_nodes_own_files_are_not_in_it(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "ln -s ../recipe.txt link.txt")
    node.receive(recipe("-i {input} -i {with:0} -map 0:a out.wav", folders=["."]))
    (node.work / "with-0.srt").write_text("1\n00:00:00,500 --> 00:00:02,000\nHello\n\n")

    code, said = node.encode("input.mp4", "-", "with-0.srt", "-")

    assert code == 0, said
    files = parse_manifest((node.made / "files.manifest").read_bytes())
    assert [file.path for file in files] == ["out.wav"]
    assert {path.name for path in node.made.iterdir()} == {"files.manifest", "out.wav"}


@one_ffmpeg
def test_each_folder_has_its_own(node: Node) -> None:
    asked = recipe(
        "-i {input} -vn wide/a.wav -ac 1 -vn narrow/b.wav -vn c.wav",
        files=["c.wav"],
        folders=["wide", "narrow"],
    )

    assert encode(node, asked) == (0, "encode.sh: made c.wav, wide, narrow")
    for folder in ("wide", "narrow"):
        manifest = (node.made / f"{folder}.manifest").read_bytes()
        assert parse_manifest(manifest) == in_folder(node.made / folder)


@one_ffmpeg
def test_a_file_that_is_called_as_the_manifest_is_not_overwritten(node: Node, ffmpeg: Path) -> None:
    install_after(node, ffmpeg, "echo mine >thumbs.manifest")

    code, said = encode(node, THUMBNAILS)

    assert (code, said) == (
        NodeExit.USAGE, "encode.sh: an output can't be called thumbs.manifest"
    )  # fmt: skip


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@one_ffmpeg
@pytest.mark.parametrize("free_pages", [0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 600])
def test_a_folder_is_whole_with_its_manifest_or_the_disk_is_full(
    small_disk: Path, free_pages: int, ffmpeg: Path
) -> None:
    node = Node(small_disk / "node", ffmpeg)
    node.receive(THUMBNAILS)
    with (small_disk / "filler").open("wb") as filler:
        filler.write(bytes(shutil.disk_usage(small_disk).free - free_pages * PAGE))

    code, said = node.encode("input.mp4", "-")

    if code == 0:
        files = parse_manifest((node.made / "thumbs.manifest").read_bytes())
        assert files == in_folder(node.made / "thumbs")
        assert len(files) == 6
    else:
        assert code == NodeExit.DISK_FULL, said
        assert not {"made", "making", "lists"} & node.files()
        (small_disk / "filler").unlink()
        assert node.encode("input.mp4", "-")[0] == 0
    if free_pages in (0, 600):
        assert (code == 0) is (free_pages == 600)
