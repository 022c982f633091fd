"""`encode.sh` as a node runs it, with real ffmpegs, and with ones that fail in every way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.ffmpeg.demuxers import encode_script, media_demuxers
from batchff.ffmpeg.progress import parse_progress
from batchff.model.recipes import Recipe
from batchff.node.exit_codes import NODE_FAULTS, NodeExit
from batchff.node.recipe_file import recipe_file
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.shells import SHELLS
from tests.recipes import mp3_recipe, one_run, preset_recipe

CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"


TOOLS = "awk df grep head ln md5sum mkdir mkfifo mv od rm sort tail tee tr wc"


class Node:
    """A task's working directory and the PATH of its node."""

    def __init__(self, folder: Path, ffmpeg: Path | None = None) -> None:
        self.work = folder / "wd"
        self.bin = folder / "bin"
        self.made = self.work / "made"
        self.shared = folder / "shared"
        self.told_ffmpeg = ""
        self.work.mkdir(parents=True)
        self.bin.mkdir()
        for tool in TOOLS.split():
            (self.bin / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        if ffmpeg is not None:
            (self.bin / "ffmpeg").symlink_to(ffmpeg)
        (self.work / "encode.sh").write_bytes(encode_script())

    def install(self, body: str) -> None:
        """Put a shell script on the node's PATH as its ffmpeg, in place of a link to a real one."""
        (self.bin / "ffmpeg").unlink(missing_ok=True)
        (self.bin / "ffmpeg").write_text(f"#!/bin/sh\n{body}\n")
        (self.bin / "ffmpeg").chmod(0o755)

    def receive(self, recipe: Recipe, source: Path = CLIP) -> None:
        """Put the task's resource files into its working directory."""
        shutil.copyfile(source, self.work / f"input{source.suffix}")
        (self.work / "recipe.txt").write_bytes(recipe_file(recipe))

    def start(self, *arguments: str, shell: str = "sh") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*shell.split(), "encode.sh", *arguments],
            executable=shutil.which(shell.split()[0]),
            cwd=self.work,
            env={"PATH": str(self.bin), "AZ_BATCH_NODE_SHARED_DIR": str(self.shared)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )

    def encode(self, *arguments: str, shell: str = "sh") -> tuple[int, str]:
        """Run the script to its end; return its exit code and its stderr.

        Its first line, on which ffmpeg this is, is left out where it's there; see `told_ffmpeg`.
        """
        process = self.start(*arguments, shell=shell)
        _, said = process.communicate()
        found = re.match(r"encode\.sh: (ffmpeg \S.* \(\w+\))\n", said)
        self.told_ffmpeg = found[1] if found else ""
        return process.returncode, said[found.end() :] if found else said

    def files(self) -> set[str]:
        return {path.name for path in self.work.iterdir()}


def last_line(said: str) -> str:
    return said.splitlines()[-1]


_made: dict[tuple[object, ...], bytes] = {}


def make(ffmpeg: Path, output: Path, *arguments: str) -> Path:
    """Make a source for a test: the same one is made once by a worker, and copied after that."""
    given = (_content(word) if os.path.isfile(word) else word for word in arguments)
    key = (str(ffmpeg), output.name, *given)
    if key in _made:
        output.write_bytes(_made[key])
    else:
        quiet = ["-nostdin", "-v", "error", "-y"]
        subprocess.run([ffmpeg, *quiet, *arguments, output], check=True)
        _made[key] = output.read_bytes()
    return output


def _content(file: str) -> tuple[str, bytes]:
    return Path(file).suffix, Path(file).read_bytes()


# Which ffmpeg it is


@pytest.mark.parametrize("shell", ["sh", "bash", "busybox sh"])
def test_the_log_begins_with_the_ffmpeg_that_the_start_task_wrote_down(
    tmp_path: Path, shell: str
) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"there is no {shell} here")
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())
    (node.shared / "bin").mkdir(parents=True)
    (node.shared / "ffmpeg.txt").write_text("ffmpeg version 9.0.2\nbundled\n")

    node.encode("input.mp4", "-", shell=shell)

    assert node.told_ffmpeg == "ffmpeg 9.0.2 (bundled)"


def test_without_that_the_log_begins_with_what_ffmpeg_says_itself(
    tmp_path: Path, ffmpeg: Path
) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(mp3_recipe())

    node.encode("input.mp4", "-")

    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    assert node.told_ffmpeg == f"ffmpeg {said.split()[2]} (image)"


def test_an_ffmpeg_that_says_no_version_is_told_so(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())

    node.encode("input.mp4", "-")

    assert node.told_ffmpeg == "ffmpeg of an unknown version (image)"


# Good outputs


@pytest.mark.parametrize("name", ["mp3", "h264"])
def test_a_preset_makes_its_output_and_leaves_nothing_else(
    tmp_path: Path, ffmpeg: Path, name: str
) -> None:
    node = Node(tmp_path, ffmpeg)
    recipe = preset_recipe(name)
    made = recipe.outputs[0].node_name
    node.receive(recipe)

    code, said = node.encode("input.mp4", "-")

    assert (code, last_line(said)) == (0, f"encode.sh: made {made}")
    assert node.files() == {
        "check.txt", "done.txt", "encode.sh", "input.mp4", "made", "progress.txt", "proof.txt",
        "recipe.txt", "words.txt",
    }  # fmt: skip
    assert [path.name for path in node.made.iterdir()] == [made]
    progress = (node.work / "progress.txt").read_text()
    assert progress.endswith("progress=end\nrun=1/1\nstage=checking\nprogress=end\n")
    report = parse_progress(progress[-1024:])
    assert report is not None and report.is_checking
    assert "Duration: 00:00:03.00" in said


@pytest.mark.parametrize(
    ("suffix", "arguments"),
    [
        (".flac", ["-vn"]),
        (".opus", ["-vn", "-c:a", "libopus"]),
        (".mkv", ["-c", "copy"]),
        (".mp4", ["-ss", "1.1", "-i", "{input}", "-c", "copy"]),
        (".ts", ["-c:v", "mpeg2video", "-c:a", "mp2"]),
        (".png", ["-frames:v", "1", "-update", "1"]),
        (".jpg", ["-frames:v", "1", "-update", "1"]),
        (".gif", ["-an", "-r", "5", "-s", "96x54"]),
        (".mkv", ["-an", "-c:v", "ffv1"]),
        (
            ".mkv",  # 1 ms apart, then half a second: as variable as a frame rate can be
            ["-an", "-vf", "setpts=if(lt(N\\,40)\\,N*0.001\\,N*0.5)/TB", "-fps_mode", "passthrough"]
            + ["-enc_time_base", "1/1000", "-c:v", "libx264", "-preset", "ultrafast"],
        ),
    ],
)
def test_good_outputs_of_many_kinds_are_found_good(
    tmp_path: Path, ffmpeg: Path, suffix: str, arguments: list[str]
) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(one_run(arguments, suffix))

    code, said = node.encode("input.mp4", "-")

    assert code == 0, said
    assert (node.made / f"output{suffix}").stat().st_size > 0


def test_sound_with_cover_art_is_found_good(tmp_path: Path, ffmpeg: Path) -> None:
    cover = make(ffmpeg, tmp_path / "cover.png", "-i", str(CLIP), "-frames:v", "1", "-update", "1")
    both = ["-i", str(CLIP), "-i", str(cover), "-map", "0:a", "-map", "1"]
    song = make(ffmpeg, tmp_path / "song.mp3", *both, "-disposition:v", "attached_pic")
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(one_run(["-map", "0", "-c", "copy"], ".mp3"), song)

    code, said = node.encode("input.mp3", "-")

    assert code == 0, said


def test_subtitles_alone_are_found_good(tmp_path: Path, ffmpeg: Path) -> None:
    source = tmp_path / "film.srt"
    source.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n")
    node = Node(tmp_path, ffmpeg)
    node.receive(one_run(["-map", "0:s"], ".vtt"), source)

    code, said = node.encode("input.srt", "-")

    assert code == 0, said
    assert "Hello" in (node.made / "output.vtt").read_text()


def test_h264_takes_odd_sides_and_films_without_sound(tmp_path: Path, ffmpeg: Path) -> None:
    odd = ["-f", "lavfi", "-i", "testsrc2=duration=0.2,scale=97:53"]
    source = make(ffmpeg, tmp_path / "odd.mkv", *odd, "-c:v", "ffv1", "-pix_fmt", "gbrp")
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(preset_recipe("h264"), source)

    code, said = node.encode("input.mkv", "-")

    assert code == 0, said
    assert "yuv420p" in said
    assert "98x54" in said


@one_ffmpeg
def test_mp3_keeps_the_title(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(mp3_recipe())

    assert node.encode("input.mp4", "-")[0] == 0

    read = subprocess.run(
        [ffmpeg, "-i", "output.mp3"], cwd=node.made, capture_output=True, text=True
    )
    assert "title           : City" in read.stderr


# What isn't a good output


def test_a_text_that_is_called_mp4_fails_and_says_so(tmp_path: Path, ffmpeg: Path) -> None:
    source = tmp_path / "notes.mp4"
    source.write_text("Milk, bread.\n")
    node = Node(tmp_path, ffmpeg)
    node.receive(mp3_recipe(), source)

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.FAILED
    assert "Invalid data found" in said
    assert last_line(said).startswith("encode.sh: ffmpeg failed on this input (ffmpeg's exit code:")
    assert not {"made", "making"} & node.files()


def test_an_output_without_a_frame_fails(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(one_run(["-ss", "60", "-i", "{input}", "-vn"], ".wav"))

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.BROKEN, said
    assert "made" not in node.files()


def test_an_output_with_one_stream_without_a_frame_fails(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    drop_all = ["-af", "aselect=0", "-c:v", "copy", "-c:a", "flac"]
    node.receive(one_run(drop_all, ".mkv"))

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.BROKEN, said


DAMAGE = {
    "cut": "data = data[:len(data) * 7 // 10]",
    "overwritten": "data[len(data) // 2:len(data) // 2 + 2000] = bytes(range(250)) * 8",
}


# An MP3 that is cut is a whole MP3 of fewer frames: nothing in it tells.
@pytest.mark.parametrize(
    ("suffix", "arguments", "damage"),
    [
        (".mp4", ["-c", "copy"], "cut"),
        (".mp4", ["-c", "copy"], "overwritten"),
        (".mkv", ["-c", "copy"], "cut"),
        (".mkv", ["-c", "copy"], "overwritten"),
        (".mov", ["-c:v", "mjpeg", "-an"], "overwritten"),
        (".flac", ["-vn"], "cut"),
        (".flac", ["-vn"], "overwritten"),
        (".mp3", ["-vn", "-b:a", "192k"], "overwritten"),
        (".png", ["-frames:v", "1", "-update", "1"], "cut"),
    ],
)
def test_a_damaged_output_fails(
    tmp_path: Path, ffmpeg: Path, suffix: str, arguments: list[str], damage: str
) -> None:
    node = Node(tmp_path)
    node.install(f"""
        for last; do :; done
        '{ffmpeg}' "$@" || exit
        case $last in - | ../proof/*) exit ;; esac
        exec '{sys.executable}' -SE -c '
import sys
file = open(sys.argv[1], "rb+")
data = bytearray(file.read())
{DAMAGE[damage]}
file.seek(0)
file.truncate()
file.write(data)' "$last"
    """)
    node.receive(one_run(arguments, suffix))

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.BROKEN, said
    assert last_line(said).startswith("encode.sh: the output doesn't decode without an error")
    assert not {"made", "making"} & node.files()


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("exit 1", NodeExit.FAILED, "exit code: 1"),
        ("exit 183", NodeExit.FAILED, "exit code: 183"),
        ("exit 234", NodeExit.FAILED, "exit code: 234"),
        ("kill -SEGV $$", NodeExit.FAILED, "crashed: signal 11"),
        ("exit 0", NodeExit.EMPTY, "made nothing"),
        (": >output.mp3", NodeExit.EMPTY, "made nothing"),
        ("exit 127", NodeExit.NO_FFMPEG, "doesn't run on this node"),
        ("kill -KILL $$", NodeExit.KILLED, "killed by signal 9"),
        ("exit 255", NodeExit.KILLED, "stopped by a signal"),
    ],
)
def test_each_way_of_failing_has_its_exit_code(
    tmp_path: Path, body: str, code: NodeExit, words: str
) -> None:
    node = Node(tmp_path)
    node.install(body)
    node.receive(mp3_recipe())

    result, said = node.encode("input.mp4", "-")

    assert result == code
    assert words in last_line(said)
    assert not {"made", "making"} & node.files()


def test_a_node_without_ffmpeg_is_told_from_a_bad_input(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.receive(mp3_recipe())

    code, said = node.encode("input.mp4", "-")

    assert (code, said) == (NodeExit.NO_FFMPEG, "encode.sh: there is no ffmpeg on this node\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("input.mp4",),
        ("input.mp4", "1", "with-0.srt"),
        ("", "1"),
        ("-i", "1"),
        ("../input.mp4", "1"),
        ("http:x", "1"),
        ("input.mp4", ""),
        ("input.mp4", "1k"),
        ("input.mp4", "-1"),
        ("input.mp4", "1", "../with-0.srt", "1"),
        ("output.mp3", "1"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())
    before = node.files()

    code, said = node.encode(*arguments)

    assert code == NodeExit.USAGE
    assert said.startswith("encode.sh: ")
    assert len(said.splitlines()) == 1
    assert node.files() == before


@pytest.mark.parametrize("missing", ["recipe.txt", "input.mp4"])
def test_a_file_that_is_not_on_the_node_is_the_nodes_fault(tmp_path: Path, missing: str) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())
    (node.work / missing).unlink()

    code, said = node.encode("input.mp4", str(CLIP.stat().st_size))

    assert (code, said) == (NodeExit.NO_INPUT, f"encode.sh: {missing} isn't on this node\n")


def test_an_input_that_came_in_part_is_the_nodes_fault(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())
    with (node.work / "input.mp4").open("rb+") as file:
        file.truncate(1000)

    code, said = node.encode("input.mp4", str(CLIP.stat().st_size))

    assert code == NodeExit.NO_INPUT
    size = CLIP.stat().st_size
    assert said == f"encode.sh: input.mp4 isn't whole: 1000 of {size} bytes\n"


# Attempts after the first


@one_ffmpeg
def test_what_was_the_inputs_fault_is_not_encoded_again(tmp_path: Path, ffmpeg: Path) -> None:
    source = tmp_path / "notes.mp4"
    source.write_text("Milk, bread.\n")
    node = Node(tmp_path, ffmpeg)
    node.receive(mp3_recipe(), source)

    code, said = node.encode("input.mp4", "-")
    node.bin.joinpath("ffmpeg").unlink()
    again, said_again = node.encode("input.mp4", "-")

    assert again == code == NodeExit.FAILED
    assert said_again.splitlines()[-2:] == said.splitlines()[-2:]
    assert "Invalid data found" in said_again


def test_what_stands_in_the_tasks_log_already_is_not_said_twice(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("echo 'moov atom not found' >&2; exit 1")
    node.receive(mp3_recipe())
    code, said = node.encode("input.mp4", "-")

    (tmp_path / "stderr.txt").write_text(said)

    assert node.encode("input.mp4", "-") == (code, "")


def test_an_output_that_did_not_decode_is_told_again_with_its_errors(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("""
        for last; do :; done
        case $* in *'-f null -'*) echo 'a damaged frame' >&2; exit 1 ;; esac
        echo made >"$last"
    """)
    node.receive(mp3_recipe())

    code, said = node.encode("input.mp4", "-")
    node.install("touch ran")
    again, said_again = node.encode("input.mp4", "-")

    assert again == code == NodeExit.BROKEN
    assert said_again == said
    assert "a damaged frame" in said
    assert "ran" not in node.files()


@one_ffmpeg
@pytest.mark.parametrize("body", ["kill -KILL $$", "exit 127", "exit 255"])
def test_what_was_the_nodes_fault_is_tried_again(tmp_path: Path, ffmpeg: Path, body: str) -> None:
    node = Node(tmp_path)
    node.install(body)
    node.receive(mp3_recipe())

    assert node.encode("input.mp4", "-")[0] in NODE_FAULTS
    (node.bin / "ffmpeg").unlink()
    (node.bin / "ffmpeg").symlink_to(ffmpeg)

    assert node.encode("input.mp4", "-")[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("suffix", [".mp3", ".mp4", ".mkv"])
def test_a_full_disk_is_the_nodes_fault_whatever_ffmpeg_makes_of_it(
    tmp_path: Path, ffmpeg: Path, suffix: str
) -> None:
    node = Node(tmp_path, ffmpeg)
    node.receive(one_run(["-c", "copy"] if suffix != ".mp3" else ["-vn"], suffix))
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f"""
        case $* in
            *framecrc*) ;;
            *) ln -s /dev/full output{suffix} || exit ;;
        esac
        exec '{ffmpeg}' "$@"
    """)

    code, said = node.encode("input.mp4", "-")

    assert code == NodeExit.DISK_FULL, said
    assert last_line(said).startswith("encode.sh: the node's disk is full (ffmpeg ")
    node.install(f"exec '{ffmpeg}' \"$@\"")
    assert node.encode("input.mp4", "-")[0] == 0


def test_a_disk_without_room_even_for_words_is_the_nodes_fault(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    (node.bin / "df").unlink()
    (node.bin / "df").write_text(
        "#!/bin/sh\n"
        "echo 'Filesystem     1024-blocks     Used Available Capacity Mounted on'\n"
        "echo '/dev/sdb1         30787492 30787000       492     100% /mnt'\n"
    )
    (node.bin / "df").chmod(0o755)
    node.receive(mp3_recipe())

    assert node.encode("input.mp4", "-")[0] == NodeExit.DISK_FULL


def test_an_output_of_an_earlier_try_does_not_stay_when_this_one_fails(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.install("exit 1")
    node.receive(mp3_recipe())
    node.made.mkdir()
    (node.made / "output.mp3").write_text("old")

    node.encode("input.mp4", "-")

    assert "made" not in node.files()


# Signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_script_ends_ffmpeg_too(tmp_path: Path, number: signal.Signals) -> None:
    node = Node(tmp_path)
    os.mkfifo(node.work / "pid")
    node.install('[ "$1" != -version ] || exit 0; echo "$$" >../pid; exec /bin/sleep 100')
    node.receive(mp3_recipe())

    process = node.start("input.mp4", "-")
    ffmpegs_id = int((node.work / "pid").read_text())
    process.send_signal(number)
    _, said = process.communicate()

    assert process.returncode == NodeExit.KILLED
    assert last_line(said) == "encode.sh: stopped by a signal"
    assert not {"made", "making", "pipe"} & node.files()
    with pytest.raises(ProcessLookupError):
        os.kill(ffmpegs_id, 0)


def test_a_real_ffmpeg_that_is_stopped_leaves_no_output(tmp_path: Path, ffmpeg: Path) -> None:
    node = Node(tmp_path, ffmpeg)
    os.mkfifo(node.work / "progress.txt")
    endless = ["-re", "-stream_loop", "-1", "-i", "{input}", "-c", "copy"]
    node.receive(one_run(endless, ".mkv"))

    process = node.start("input.mp4", "-")
    with (node.work / "progress.txt").open() as progress:
        progress.readline()
        process.terminate()
        progress.read()
    _, said = process.communicate()

    assert process.returncode == NodeExit.KILLED
    assert last_line(said) == "encode.sh: stopped by a signal"
    assert not {"made", "making"} & node.files()


# Arguments


RECORD = f"""#!{sys.executable} -SE
import os, sys
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
if arguments[-1] != b"-":
    with open("../recorded", "wb") as file:
        file.write(b"\\0".join(arguments))
    with open(arguments[-1], "w") as file:
        file.write("made")
"""


def arrived(node: Node, arguments: Iterable[bytes], shell: str = "sh") -> list[bytes]:
    """Return what stands between the script's own options and the output's name."""
    (node.bin / "ffmpeg").write_text(RECORD)
    (node.bin / "ffmpeg").chmod(0o755)
    (node.work / "input.mp4").write_text("film")
    lines = b"".join(b"A%b\n" % argument for argument in arguments)
    (node.work / "recipe.txt").write_bytes(b"Foutput.txt\nR\n%bAoutput.txt" % lines)
    assert node.encode("input.mp4", "-", shell=shell)[0] == 0
    recorded = (node.work / "recorded").read_bytes().split(b"\0")
    first = recorded.index(b"../progress.txt") + 1
    return recorded[first:-1]


@given(arguments=st.lists(st.binary().filter(lambda data: not {0, 10} & set(data)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_each_argument_arrives_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, arguments: list[bytes]
) -> None:
    node = Node(tmp_path_factory.mktemp("node"))
    placed = [b"input.mp4" if argument == b"{input}" else argument for argument in arguments]

    assert arrived(node, arguments) == placed


def guard(format_: str = "", protocols: str = "file") -> list[str]:
    """Return the options that hold a source to media, and to a format that was asked for."""
    formats = ",".join([*media_demuxers(), *([format_] if format_ else [])])
    return ["-protocol_whitelist", protocols, "-format_whitelist", formats]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("written", "arrives"),
    [
        (["-i", "{input}", "-vn"], [*guard(), "-i", "input.mp4", "-vn"]),
        (["-ss", "1", "-i", "{input}"], ["-ss", "1", *guard(), "-i", "input.mp4"]),
        (
            ["-f", "lavfi", "-i", "sine", "-i", "{input}", "-f", "mp3"],
            ["-f", "lavfi", "-i", "sine", *guard(), "-i", "input.mp4", "-f", "mp3"],
        ),
        (
            ["-i", "{input}", "-f", "lavfi", "-i", "sine", "-i", "{input}"],
            [*guard(), "-i", "input.mp4", "-f", "lavfi", "-i", "sine"]
            + [*guard(), "-i", "input.mp4"],
        ),
        (
            ["-f", "concat", "-safe", "0", "-i", "{input}", "-i", "{input}"],
            ["-f", "concat", "-safe", "0", *guard("concat"), "-i", "input.mp4"]
            + [*guard(), "-i", "input.mp4"],
        ),
        (
            ["-f", "hls", "-protocol_whitelist", "file,https", "-i", "{input}"],
            ["-f", "hls", "-protocol_whitelist", "file,https"]
            + [*guard("hls", "file,https"), "-i", "input.mp4"],
        ),
        (
            ["-format_whitelist", "mov", "-i", "{input}"],
            ["-format_whitelist", "mov", "-protocol_whitelist", "file", "-format_whitelist"]
            + ["mov", "-i", "input.mp4"],
        ),
        (["-i", "-i", "{input}", "-i"], ["-i", "-i", "input.mp4", "-i"]),
    ],
)
def test_each_source_is_held_to_media_and_no_other_input(
    tmp_path: Path, shell: str, written: list[str], arrives: list[str]
) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"there is no {shell.split()[0]} here")
    lines = [argument.encode() for argument in written]

    assert arrived(Node(tmp_path), lines, shell) == [argument.encode() for argument in arrives]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_usual_shell_hands_arguments_on_exactly(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"there is no {shell.split()[0]} here")
    every_byte = bytes(byte for byte in range(1, 256) if byte != 10)
    wild = [b"", b" two  words ", b"$(reboot)", b"`x`;&|", b"'\"", b"*", b"\\n\\", b"-", every_byte]

    assert arrived(Node(tmp_path), [*wild, b"{input}"], shell) == [*wild, b"input.mp4"]
