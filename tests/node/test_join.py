"""`join.sh` as a node runs it: what is right is joined and proved, and nothing else is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.model.recipes import Recipe
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.chunked import JoinNode, Task, made_at_once, recipe_for, tasks_of
from tests.node.shells import SHELLS
from tests.node.test_encode import last_line

BUNDLED = Path(imageio_ffmpeg.get_ffmpeg_exe())

_OPEN = "-x264-params keyint=20:min-keyint=20:scenecut=0:bframes=3:b-pyramid=normal:open-gop=1"
_FILM = "-f lavfi -i testsrc2=s=64x48:r=25:d=3.2"
_SINE = "-f lavfi -i sine=d=3.2"
_HDR10 = (
    "log-level=none:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:keyint=20:"
    "colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
    "L(10000000,50):max-cll=1000,400"
)
SOURCES = {
    "film.mp4": f"{_FILM} {_SINE} {_SINE} -i about.txt -map 0 -map 1 -map 2 -map_metadata 3 {_OPEN}"
    " -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=fre -metadata title=Film"
    " -disposition:a:1 comment",
    "long-chapters.mkv": f"{_FILM} -f lavfi -i sine=d=3.2:r=44100 -i text.srt -i long.txt"
    f" -map 0 -map 1 -map 2 -map_metadata 3 {_OPEN} -c:a aac -c:s srt",
    "plain.mp4": f"{_FILM} {_OPEN}",
    "interlaced.mp4": "-f lavfi -i testsrc2=s=64x48:r=50:d=3.2 -vf tinterlace=interleave_top"
    f" -flags +ilme+ildct {_OPEN}:tff=1",
    "vfr.mp4": f"{_FILM} -vf select=mod(n\\,3) -fps_mode vfr {_OPEN}",
    "late-sound.mp4": f"{_FILM} -itsoffset 0.3217 {_SINE} -map 0 -map 1 {_OPEN} -c:a aac",
    "ac3.mkv": f"{_FILM} -f lavfi -i sine=d=3 {_OPEN} -c:a ac3",
    "rotated.mp4": "-display_rotation 90 -i plain.mp4 -c copy",
    "hdr.mp4": f"{_FILM} -vf format=yuv420p10le,setparams=color_primaries=bt2020:"
    f"colorspace=bt2020nc:color_trc=smpte2084 -c:v libx265 -x265-params {_HDR10} -tag:v hvc1",
}
ABOUT = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/10
START=0
END=14
title=One
[CHAPTER]
TIMEBASE=1/10
START=14
END=32
title=Two
"""
TEXT = "1\n00:00:01,000 --> 00:00:02,000\nText\n"
FAST = "-preset ultrafast -threads 1"
X264 = f"-map 0:v -map 0:a? -c:v libx264 {FAST} -c:a copy"
X265 = f"-c:v libx265 {FAST} -x265-params log-level=none:repeat-headers=1 -pix_fmt yuv420p10le"


@dataclass(frozen=True)
class Parts:
    """What nodes made of a film: whole, and in parts."""

    recipe: Recipe
    of_chunks: Recipe
    whole: Path
    chunks: list[Path]
    rest: Path

    def join(self, node: JoinNode, shell: str = "sh") -> tuple[int, str]:
        """Join them on a node; return the exit code, and what was said."""
        node.receive_parts(self.recipe, self.chunks, self.rest)
        arguments = [
            str(len(self.chunks)),
            f"rest{self.rest.suffix}",
            self.chunks[0].suffix,
            "chunks",
        ]
        return node.join(*arguments, shell=shell)

    def joined(self, node: JoinNode) -> Path:
        return node.made / self.recipe.outputs[0].node_name


PartsMaker = Callable[..., Parts]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "about.txt").write_text(ABOUT)
    (folder / "long.txt").write_text(ABOUT.replace("END=32", "END=3200"))
    (folder / "text.srt").write_text(TEXT)

    def made(name: str) -> Path:
        path = folder / name
        if not path.exists():
            words = SOURCES[name].split()
            if "plain.mp4" in words:
                made("plain.mp4")
            command = [str(BUNDLED), "-nostdin", "-v", "error", *words, name]
            subprocess.run(command, cwd=folder, check=True)
        return path

    return made


@pytest.fixture(scope="module")
def parts(source: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> PartsMaker:
    """Make a film of a source, whole and in chunks of 0.8 s, once for each ffmpeg."""
    known: dict[tuple[object, ...], Parts] = {}

    def made(
        ffmpeg: Path, name: str, asked: str, suffix: str = ".mp4", seconds: float = 0.8
    ) -> Parts:
        key = (ffmpeg, name, asked, suffix, seconds)
        if key not in known:
            folder = tmp_path_factory.mktemp("parts")
            recipe = recipe_for(source(name), asked, suffix)
            chunks, rest = tasks_of(source(name), recipe, seconds)
            all_ = Task(source(name).read_bytes(), source(name).suffix, recipe)
            known[key] = Parts(
                recipe,
                chunks[0].recipe,
                made_at_once(ffmpeg, all_, folder / "whole"),
                [
                    made_at_once(ffmpeg, task, folder / f"{number}")
                    for number, task in enumerate(chunks)
                ],
                made_at_once(ffmpeg, rest, folder / "rest"),
            )
        return known[key]

    return made


@pytest.fixture
def node(tmp_path: Path, ffmpeg: Path) -> JoinNode:
    return JoinNode(tmp_path / "node", ffmpeg)


def packets(file: Path, kind: str) -> list[tuple[int, float, bytes]]:
    """Return the packets of a kind of stream, in order: whose, when, and what is in them."""
    with av.open(file) as opened:
        return [
            (packet.stream_index, round(float(packet.pts * packet.time_base), 5), bytes(packet))
            for packet in opened.demux()
            if packet.pts is not None and packet.stream.type == kind and packet.time_base
        ]


def times(file: Path) -> list[float]:
    """Decode a film by another decoder than the node's; return when its pictures are shown."""
    with av.open(file) as opened:
        return [round(frame.time or 0.0, 5) for frame in opened.decode(video=0)]


def described(ffmpeg: Path, file: Path) -> str:
    """Return all that ffmpeg says of a file, but for its name and bit rates."""
    said = subprocess.run([ffmpeg, "-hide_banner", "-i", file], capture_output=True, text=True)
    text = re.sub(r"[^\n]*Input #0[^\n]*\n", "", said.stderr)
    lines = re.sub(r"\d+ kb/s|bitrate: [^\n]*", "", text).splitlines()
    if file.suffix in (".mkv", ".webm"):
        # Its tags are in any order; how long it is, its muxer sums up from rounded times.
        lines = sorted(re.sub(r"DURATION.*|Duration: [^,]*", "", line) for line in lines)
    return "\n".join(lines)


def unheard(ffmpeg: Path, file: Path) -> list[str]:
    """Return the packets of sound of which a part isn't heard, as ffmpeg says them."""
    asked = ["-v", "error", "-i", str(file), "-map", "0", "-c", "copy", "-f", "framecrc", "-"]
    said = subprocess.run([ffmpeg, *asked], capture_output=True, text=True, check=True)
    return [line for line in said.stdout.splitlines() if "S=1" in line]


CASES = {
    "sounds": ("film.mp4", X264, ".mp4"),
    "mkv": ("film.mp4", X264, ".mkv"),
    "opus": ("film.mp4", f"-map 0:v -map 0:a -c:v libx264 {FAST} -c:a libopus", ".mkv"),
    "webm": (
        "film.mp4",
        "-map 0:v -map 0:a -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus",
        ".webm",
    ),
    "mov": ("film.mp4", X264, ".mov"),
    "long chapters": ("long-chapters.mkv", "h264", ".mp4"),
    "late sound": ("late-sound.mp4", X264, ".mp4"),
    "interlaced": ("interlaced.mp4", X264, ".mkv"),
    "rotated": ("rotated.mp4", "-c:v libx264 -preset ultrafast", ".mp4"),
    "hdr": ("hdr.mp4", X265, ".mp4"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_join_is_what_the_whole_would_be(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker, case: str
) -> None:
    given = parts(ffmpeg, *CASES[case])
    assert len(given.chunks) == 4

    code, said = given.join(node)

    assert code == 0, said
    joined = given.joined(node)
    assert last_line(said) == f"join.sh: made {joined.name} of 4 chunks"
    assert times(joined) == times(given.whole)
    assert packets(joined, "audio") == packets(given.whole, "audio")
    assert described(ffmpeg, joined) == described(ffmpeg, given.whole)
    proof = (node.work / "proof.txt").read_text()
    assert "joined of 80 packets of film at their times" in proof
    assert f"{joined.name}: joints decoded: 3\n" in proof
    assert (node.work / "done.txt").read_text()


@one_ffmpeg
@pytest.mark.parametrize("case", CASES)
def test_chunks_are_joined_in_two_steps(
    tmp_path: Path, node: JoinNode, ffmpeg: Path, parts: PartsMaker, case: str
) -> None:
    given = parts(ffmpeg, *CASES[case])
    longer = []
    for first, after in ((0, 1), (1, 4)):
        before = JoinNode(tmp_path / f"{first}", ffmpeg)
        before.receive_chunks(given.of_chunks, given.chunks[first:after], first)
        words = ["-from", str(first), str(after - first), "-", given.chunks[0].suffix, "chunks"]
        code, said = before.join(*words)
        assert code == 0, said
        longer.append(before.made / given.of_chunks.outputs[0].node_name)

    code, said = replace(given, chunks=longer).join(node)

    assert code == 0, said
    joined = given.joined(node)
    assert times(joined) == times(given.whole)
    assert packets(joined, "audio") == packets(given.whole, "audio")
    assert described(ffmpeg, joined) == described(ffmpeg, given.whole)


def test_which_chunk_is_missing_is_said_in_the_first_step_too(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker
) -> None:
    given = parts(ffmpeg, *CASES["sounds"])
    node.receive_chunks(given.of_chunks, given.chunks[2:3], 1002)
    code, said = node.join("-from", "1002", "2", "-", ".mp4", "chunks")
    assert code == NodeExit.CHUNK_MISSING
    assert last_line(said) == "encode.sh: chunk 1004 wasn't made"


def test_a_film_of_variable_rate_keeps_that_of_its_encoder_in_matroska(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker
) -> None:
    given = parts(ffmpeg, "vfr.mp4", X264, ".mkv")

    code, said = given.join(node)

    assert code == 0, said
    assert times(given.joined(node)) == times(given.whole)
    assert described(ffmpeg, given.joined(node)) == described(ffmpeg, given.whole)
    assert "25 fps" in described(ffmpeg, given.whole)


def test_what_is_not_heard_of_the_last_sound_packet_is_kept(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker
) -> None:
    given = parts(ffmpeg, "ac3.mkv", X264, ".mkv")

    code, said = given.join(node)

    assert code == 0, said
    assert unheard(ffmpeg, given.joined(node)) == unheard(ffmpeg, given.whole) != []


@pytest.mark.parametrize("shell", SHELLS)
@one_ffmpeg
def test_every_usual_shell_joins(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker, shell: str
) -> None:
    code, said = parts(ffmpeg, "plain.mp4", X264).join(node, shell)
    assert code == 0, said


@pytest.fixture
def plain(parts: PartsMaker) -> Parts:
    return parts(BUNDLED, "plain.mp4", X264)


@one_ffmpeg
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ([2], "chunk 3 of 4 wasn't made"),
        ([1, 3], "2 of 4 chunks weren't made: chunk 2 is the first"),
    ],
)
def test_a_missing_chunk_is_said_and_can_come_later(
    node: JoinNode, plain: Parts, missing: list[int], words: str
) -> None:
    node.receive_parts(plain.recipe, plain.chunks, plain.rest)
    for number in missing:
        (node.work / f"chunks/{number:04d}.mp4").unlink()

    code, said = node.join("4", "rest.mp4", ".mp4", "chunks")

    assert (code, last_line(said).partition(": ")[2]) == (NodeExit.CHUNK_MISSING, words)
    assert not {"made", "making", "verdict.txt"} & node.files()
    assert plain.join(node)[0] == 0


@one_ffmpeg
def test_an_empty_chunk_and_a_missing_rest_are_missing(node: JoinNode, plain: Parts) -> None:
    node.receive_parts(plain.recipe, plain.chunks, plain.rest)
    (node.work / "chunks/0000.mp4").write_bytes(b"")
    assert node.join("4", "rest.mp4", ".mp4", "chunks")[0] == NodeExit.CHUNK_MISSING
    node.receive_parts(plain.recipe, plain.chunks, plain.rest)
    (node.work / "chunks" / "rest.mp4").unlink()
    code, said = node.join("4", "rest.mp4", ".mp4", "chunks")
    assert code == NodeExit.CHUNK_MISSING
    assert last_line(said).endswith("its sound, and all else but the film, wasn't made")


@one_ffmpeg
@pytest.mark.parametrize("order", [[0, 2, 1, 3], [1, 0, 2, 3], [0, 1, 1, 2, 3], [0, 0, 1, 2, 3]])
def test_chunks_in_a_wrong_order_or_twice_are_refused(
    node: JoinNode, plain: Parts, order: list[int]
) -> None:
    code, said = replace(plain, chunks=[plain.chunks[number] for number in order]).join(node)
    assert code == NodeExit.WRONG, said
    assert "made" not in node.files()


@one_ffmpeg
def test_a_chunk_that_is_too_long_is_refused(
    node: JoinNode, plain: Parts, parts: PartsMaker
) -> None:
    longer = parts(BUNDLED, "plain.mp4", X264, seconds=1.6).chunks[0]
    code, said = replace(plain, chunks=[longer, *plain.chunks[1:]]).join(node)
    assert code == NodeExit.WRONG, said
    assert "made" not in node.files()


@one_ffmpeg
def test_a_spoilt_chunk_is_refused(node: JoinNode, plain: Parts, tmp_path: Path) -> None:
    content = bytearray(plain.chunks[2].read_bytes())
    begin = content.index(b"mdat")
    content[begin + 4 : begin + 400] = bytes(396)
    spoilt = tmp_path / "spoilt.mp4"
    spoilt.write_bytes(content)

    code, said = replace(plain, chunks=[*plain.chunks[:2], spoilt, plain.chunks[3]]).join(node)

    assert code in (NodeExit.BROKEN, NodeExit.FAILED, NodeExit.WRONG), said
    assert "made" not in node.files()


@one_ffmpeg
def test_a_text_for_a_chunk_is_refused(node: JoinNode, plain: Parts, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("ffconcat version 1.0\nfile /etc/passwd\n")

    code, said = replace(plain, chunks=[text, *plain.chunks[1:]]).join(node)

    assert code == NodeExit.BROKEN, said
    assert "can't be read" in last_line(said)


OTHER_SETTINGS = {
    "h264": (X264, "-profile:v high -refs 4 -preset medium -bf 0"),
    "hevc": (X265, "-preset medium -x265-params log-level=none:repeat-headers=1:ref=4:no-sao=1"),
}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_chunks_of_other_parameter_sets_decode_in_another_decoder(
    node: JoinNode, ffmpeg: Path, parts: PartsMaker, tmp_path: Path, name: str, suffix: str,
    source: Callable[[str], Path],
) -> None:  # fmt: skip
    line, more = OTHER_SETTINGS[name]
    given = parts(ffmpeg, "plain.mp4", line, suffix)
    recipe = recipe_for(source("plain.mp4"), f"{line} {more}", suffix)
    chunks, _ = tasks_of(source("plain.mp4"), recipe, 0.8)
    other = made_at_once(ffmpeg, chunks[2], tmp_path / "other")

    mixed = replace(given, chunks=[*given.chunks[:2], other, given.chunks[3]])
    code, said = mixed.join(node)

    assert code == 0, said
    assert times(given.joined(node)) == times(given.whole)
    for one, whole in zip(pictures(given.joined(node)), pictures(given.whole), strict=True):
        # As the same picture encoded by other settings.
        assert sum(abs(a - b) for a, b in zip(one, whole, strict=True)) < 8 * len(one)


def pictures(file: Path) -> list[bytes]:
    """Return how light the pixels of each picture are, by another decoder than the node's."""
    with av.open(file) as opened:
        return [
            bytes(frame.reformat(format="gray").planes[0])[::7] for frame in opened.decode(video=0)
        ]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("2", "rest.mp4", ".mp4"),
        ("0", "rest.mp4", ".mp4", "chunks"),
        ("x", "rest.mp4", ".mp4", "chunks"),
        ("2", "rest", ".mp4", "chunks"),
        ("2", "rest.mp4", "mp4", "chunks"),
        ("2", "../rest.mp4", ".mp4", "chunks"),
        ("2", "rest.mp4;true", ".mp4", "chunks"),
        ("2", "rest.mp4", ".m p4", "chunks"),
        ("2", "rest.mp4", ".mp4", "../chunks"),
        ("2", "rest.mp4", ".mp4", "/chunks"),
        ("2", "rest.mp4", ".mp4", ""),
        ("-from", "1x", "2", "-", ".mp4", "chunks"),
        ("-from", "1000", "2", "rest.mp4", ".mp4", "chunks"),
    ],
)
def test_a_wrong_call_says_how_it_is_called(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    node = JoinNode(tmp_path, BUNDLED)
    code, said = node.join(*arguments)
    assert code == NodeExit.USAGE
    assert last_line(said).endswith("usage: sh join.sh [-from FIRST] COUNT REST SUFFIX FOLDER")


def test_without_a_recipe_or_an_ffmpeg_nothing_is_joined(tmp_path: Path, plain: Parts) -> None:
    node = JoinNode(tmp_path)
    assert node.join("1", "rest.mp4", ".mp4", "chunks")[0] == NodeExit.NO_INPUT
    assert plain.join(node)[0] == NodeExit.NO_FFMPEG


def test_what_cannot_be_joined_is_not_joined_again(tmp_path: Path, plain: Parts) -> None:
    node = JoinNode(tmp_path, BUNDLED)
    swapped = replace(plain, chunks=plain.chunks[::-1])
    code, said = swapped.join(node)
    node.install("exit 1")

    assert swapped.join(node) == (code, f"{last_line(said)}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_the_nodes_fault(tmp_path: Path, plain: Parts) -> None:
    node = JoinNode(tmp_path)
    name = plain.recipe.outputs[0].node_name
    node.install(f"""
        for last; do :; done
        case $last in {name}) ln -s /dev/full {name} || exit ;; esac
        exec '{BUNDLED}' "$@"
    """)

    code, said = plain.join(node)

    assert code == NodeExit.DISK_FULL, said
    assert not {"made", "making", "verdict.txt"} & node.files()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_ffmpeg_too(tmp_path: Path, plain: Parts, number: signal.Signals) -> None:
    node = JoinNode(tmp_path)
    os.mkfifo(node.work / "pid")
    node.install('[ "$1" != -version ] || exit 0; echo "$$" >../pid; exec /bin/sleep 100')
    node.receive_parts(plain.recipe, plain.chunks, plain.rest)

    process = node.start_join("4", "rest.mp4", ".mp4", "chunks")
    ffmpegs_id = int((node.work / "pid").read_text())
    process.send_signal(number)
    _, said = process.communicate()

    assert process.returncode == NodeExit.KILLED, said
    assert not {"made", "making", "pipe", "proof", "verdict.txt"} & node.files()
    with pytest.raises(ProcessLookupError):
        os.kill(ffmpegs_id, 0)


@one_ffmpeg
def test_pictures_that_the_source_shows_and_no_chunk_has_are_missed(
    node: JoinNode, plain: Parts
) -> None:
    node.receive_parts(plain.recipe, plain.chunks, plain.rest)
    words = ("4", "rest.mp4", ".mp4", "chunks")
    code, said = node.join(*words, "9999")
    assert code == NodeExit.WRONG
    assert "pictures of 9999" in last_line(said)
    (node.work / "verdict.txt").unlink()
    assert node.join(*words, "80")[0] == 0
