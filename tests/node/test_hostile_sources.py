"""Sources that name other files and addresses, encoded by the real `encode.sh`: it reads none."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.ffmpeg.media import MEDIA_SUFFIXES
from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.node.exit_codes import INPUT_FAULTS, NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.hostile_media import HOSTILE, Bait, lay_bait
from tests.node.test_encode import Node, last_line, make
from tests.recipes import mp3_recipe, one_run

MP3 = mp3_recipe()


class Canary(http.server.ThreadingHTTPServer):
    """A server that nobody may ask for anything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Heard)
        self.heard: list[str] = []


class _Heard(http.server.BaseHTTPRequestHandler):
    server: Canary

    def do_GET(self) -> None:
        self.server.heard.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def node(tmp_path: Path, ffmpeg: Path) -> Node:
    """A node whose ffmpeg has the bait beside the source where it runs."""
    node = Node(tmp_path / "node")
    node.install(f"ln -sf ../bait.* ../nested.m3u8 . 2>/dev/null; exec '{ffmpeg}' \"$@\"")
    return node


@pytest.fixture
def bait(tmp_path: Path, ffmpeg: Path, node: Node, canary: Canary) -> Bait:
    address = f"http://127.0.0.1:{canary.server_port}"
    return lay_bait(ffmpeg, tmp_path / "other", node.work, address)


def receive(node: Node, content: bytes, suffix: str, *arguments: str) -> None:
    source = node.work.parent / f"source{suffix}"
    source.write_bytes(content)
    node.receive(one_run(arguments, ".mp3") if arguments else MP3, source)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_source_that_names_others_makes_nothing_of_them(
    name: str, node: Node, bait: Bait, canary: Canary
) -> None:
    suffix, content = HOSTILE[name]
    receive(node, content(bait), suffix)

    code, said = node.encode(f"input{suffix}", "-")

    assert code in INPUT_FAULTS, said
    assert not {"made", "making"} & node.files()
    assert not canary.heard


def opened_by_a_filter(file: str) -> Recipe:
    """Return what makes sound of a file that only a filter opens."""
    words = f"-f lavfi -i sine=d=1 -filter_complex amovie={file}[a] -map [a] output.wav"
    return Recipe("custom", (Run(tuple(words.split())),), (RecipeOutput("output.wav"),))


@one_ffmpeg
@pytest.mark.parametrize("name", HOSTILE)
def test_a_filter_opens_no_source_that_names_others(
    name: str, node: Node, bait: Bait, canary: Canary
) -> None:
    suffix, content = HOSTILE[name]
    source = node.work.parent / f"source{suffix}"
    source.write_bytes(content(bait))
    node.receive(opened_by_a_filter("{input}"), source)

    code, said = node.encode(f"input{suffix}", "-")

    assert code in INPUT_FAULTS, said
    assert not {"made", "making"} & node.files()
    assert not canary.heard
    assert "Opening '" not in said


@pytest.mark.parametrize("name", ["hls-openly", "concat-beside", "concat-http", "dash-template"])
def test_a_filter_opens_no_file_beside_the_source_that_names_others(
    name: str, node: Node, bait: Bait, canary: Canary
) -> None:
    suffix, content = HOSTILE[name]
    node.receive(opened_by_a_filter("{with:0}"))
    (node.work / f"with-0{suffix}").write_bytes(content(bait))

    code, said = node.encode("input.mp4", "-", f"with-0{suffix}", "-")

    assert code == NodeExit.FAILED, said
    assert last_line(said) == (
        f"encode.sh: no filter may open with-0{suffix}: it has a format that can name other files"
    )
    assert not canary.heard


def test_a_filter_would_read_the_bait_if_it_was_let(node: Node, bait: Bait) -> None:
    suffix, content = HOSTILE["hls-openly"]
    node.receive(opened_by_a_filter(f"with-0{suffix}"))
    (node.work / f"with-0{suffix}").write_bytes(content(bait))

    code, said = node.encode("input.mp4", "-", f"with-0{suffix}", "-")

    assert code == 0, said
    assert "Opening '" in said


@one_ffmpeg
def test_no_suffix_of_media_lets_a_playlist_in(node: Node, bait: Bait) -> None:
    _, content = HOSTILE["hls-absolute"]
    for suffix in sorted(MEDIA_SUFFIXES):
        receive(node, content(bait), suffix)

        code, said = node.encode(f"input{suffix}", "-")

        if suffix == ".gsm" and code == 0:
            # It has no header: its demuxer takes the text itself for sound.
            assert "Input #0, gsm, from 'input.gsm'" in said
            continue
        assert code == NodeExit.FAILED, (suffix, said)
        assert last_line(said).startswith(
            "encode.sh: the input is a playlist that names other files (ffmpeg's exit code: "
        )
        (node.work / "verdict.txt").unlink()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hls-absolute", "the input is a playlist that names other files"),
        ("dash-base", "the input is a playlist that names other files"),
        ("concat-beside", "the input is a script that names other files"),
        ("sdp", "the input has a format that can name other files, or is no media"),
        ("path-alone", "ffmpeg failed on this input"),
    ],
)
def test_what_is_refused_is_told_by_its_kind(name: str, words: str, node: Node, bait: Bait) -> None:
    suffix, content = HOSTILE[name]
    receive(node, content(bait), suffix)

    code, said = node.encode(f"input{suffix}", "-")

    assert code == NodeExit.FAILED
    assert last_line(said).startswith(f"encode.sh: {words} (")


def test_the_bait_is_read_by_who_asks_for_it(node: Node, bait: Bait) -> None:
    for name, arguments in {
        "concat-absolute": ["-f", "concat", "-safe", "0", "-i", "{input}", "-vn"],
        "hls-openly": ["-f", "hls", "-i", "{input}", "-vn"],
        "dash-template": ["-f", "dash", "-i", "{input}", "-vn"],
        "mov-alias": ["-enable_drefs", "1", "-use_absolute_path", "1", "-i", "{input}", "-vn"],
    }.items():
        suffix, content = HOSTILE[name]
        receive(node, content(bait), suffix, *arguments)

        code, said = node.encode(f"input{suffix}", "-")

        assert code == 0, (name, said)


def test_what_was_asked_for_may_not_go_on_to_other_playlists_or_addresses(
    node: Node, bait: Bait, canary: Canary
) -> None:
    for name in ("concat-of-playlist", "concat-http", "concat-option"):
        suffix, content = HOSTILE[name]
        receive(node, content(bait), suffix, "-f", "concat", "-safe", "0", "-i", "{input}", "-vn")

        node.encode(f"input{suffix}", "-")

        # The last one names a file before the address, and that was asked for.
        assert "made" not in node.files() or name == "concat-option"
        assert not canary.heard
        (node.work / "verdict.txt").unlink(missing_ok=True)


def test_an_output_that_is_a_playlist_is_no_success(node: Node) -> None:
    node.receive(one_run(["-vn", "-c:a", "aac"], ".m3u8"))

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.BROKEN
    assert last_line(said) == (
        "encode.sh: the output has a format that names other files, which would be lost"
    )


def test_an_output_made_by_a_copy_is_checked_as_media_only(
    tmp_path: Path, ffmpeg: Path, node: Node, bait: Bait
) -> None:
    """What a stream holds can be a playlist once it stands in a file of its own."""
    subtitles = tmp_path / "subtitles.srt"
    playlist = HOSTILE["hls-absolute"][1](bait).decode()
    subtitles.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{playlist}\n")
    source = make(ffmpeg, tmp_path / "film.mkv", "-i", str(subtitles), "-c", "copy")
    node.receive(one_run(["-map", "0:s", "-c", "copy", "-f", "data"], ".m3u8"), source)

    code, said = node.encode("input.mkv", "-")

    assert code == NodeExit.BROKEN, said
    assert "Opening '" not in said


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".gif", ".bmp", ".webp", ".tiff"])
def test_pictures_are_sources(tmp_path: Path, ffmpeg: Path, node: Node, suffix: str) -> None:
    encoders = subprocess.run([ffmpeg, "-v", "error", "-encoders"], capture_output=True).stdout
    if suffix == ".webp" and b"libwebp" not in encoders:
        pytest.skip("this ffmpeg makes no WebP")
    picture = ["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", "-update", "1"]
    source = make(ffmpeg, tmp_path / f"picture{suffix}", *picture)
    node.receive(one_run(["-frames:v", "1", "-update", "1"], ".png"), source)

    code, said = node.encode(f"input{suffix}", "-")

    assert code == 0, said


SUBTITLES = {
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n",
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\n",
    ".ass": "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hello\n",
}


@one_ffmpeg
@pytest.mark.parametrize("suffix", SUBTITLES)
def test_text_subtitles_are_sources(tmp_path: Path, node: Node, suffix: str) -> None:
    source = tmp_path / f"film{suffix}"
    source.write_text(SUBTITLES[suffix])
    node.receive(one_run(["-map", "0:s"], ".srt"), source)

    code, said = node.encode(f"input{suffix}", "-")

    assert code == 0, said
    assert "Hello" in (node.made / "output.srt").read_text()


@one_ffmpeg
def test_another_input_of_the_users_line_is_as_it_was(node: Node) -> None:
    tone = ["-f", "lavfi", "-i", "sine=duration=1", "-i", "{input}", "-map", "0:a"]
    node.receive(one_run(tone, ".mp3"))

    code, said = node.encode("input.mp4", "-")

    assert code == 0, said
