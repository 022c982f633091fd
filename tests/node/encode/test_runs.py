"""Several runs of a recipe: one after the other, what they measure, and how they end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from batchff.ffmpeg.progress import parse_progress
from batchff.model.recipes import Run
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import encode, files_below, recipe
from tests.node.shells import SHELLS, each_shell
from tests.node.test_encode import Node, guard, last_line, make

RATE = "-c:v libx264 -preset ultrafast -b:v 100k"
TWO_PASSES = recipe(
    f"-i {{input}} -an {RATE} -pass 1 -f null -",
    f"-i {{input}} {RATE} -pass 2 film.mp4",
    files=["film.mp4"],
)
TARGET = "loudnorm=I=-16:TP=-1.5:LRA=11"
MEASURED = (
    "measured_I={measured:input_i}:measured_TP={measured:input_tp}:"
    "measured_LRA={measured:input_lra}:measured_thresh={measured:input_thresh}:"
    "offset={measured:target_offset}:linear=true:print_format=summary"
)
LOUDNESS = recipe(
    Run(tuple(f"-i {{input}} -vn -af {TARGET}:print_format=json -f null -".split()), "loudness"),
    f"-i {{input}} -vn -af {TARGET}:{MEASURED} -ar 48000 sound.wav",
    files=["sound.wav"],
)


def skip_without(shell: str) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"there is no {shell.split()[0]} here")


@each_shell
def test_a_rate_is_met_in_two_passes(tmp_path: Path, ffmpeg: Path, shell: str) -> None:
    skip_without(shell)
    node = Node(tmp_path, ffmpeg)
    node.receive(TWO_PASSES)

    code, said = node.encode("input.mp4", "-", shell=shell)

    assert code == 0, said
    assert "warning" not in said
    assert "film.mp4" in files_below(node.made)
    progress = (node.work / "progress.txt").read_text()
    report = parse_progress(progress[-1024:])
    assert report is not None
    assert (report.run, report.runs, report.ended) == (2, 2, True)
    assert progress.count("run=2/2\n") == progress.count("progress=")


def loudness_of(ffmpeg: Path, sound: Path) -> tuple[float, float]:
    """Return the loudness in LUFS, and the peak in dBFS, of a file."""
    arguments: list[str | Path] = [
        ffmpeg,
        "-nostdin",
        "-i",
        sound,
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary:") :]
    (loudness,) = re.findall(r"I: +(\S+) LUFS", summary)
    (peak,) = re.findall(r"Peak: +(\S+) dBFS", summary)
    return float(loudness), float(peak)


@each_shell
def test_loudness_is_measured_and_then_made(tmp_path: Path, ffmpeg: Path, shell: str) -> None:
    skip_without(shell)
    node = Node(tmp_path, ffmpeg)
    node.receive(LOUDNESS)

    code, said = node.encode("input.mp4", "-", shell=shell)

    assert code == 0, said
    assert re.search(r"Normalization Type: +Linear", said)
    assert loudness_of(ffmpeg, node.made / "sound.wav")[0] == pytest.approx(-16, abs=0.3)


@one_ffmpeg
@pytest.mark.parametrize("awk", ["mawk", "gawk", "original-awk", "busybox"])
def test_any_awk_reads_what_was_measured(node: Node, awk: str) -> None:
    found = shutil.which(awk)
    if found is None:
        pytest.skip(f"there is no {awk} here")
    (node.bin / "awk").unlink()
    (node.bin / "awk").symlink_to(found)

    assert encode(node, LOUDNESS)[0] == 0


@pytest.mark.parametrize(
    ("sound", "loudness", "highest_peak"),
    [
        ("anullsrc=d=4", -70, -200),
        ("anoisesrc=d=4:a=0.00002", -70, -90),
        ("sine=d=0.5", None, -1),
        ("sine=d=4,volume=0.05", -16, -1),
        ("aevalsrc=5*sin(880*PI*t):d=4", -16, -1),
    ],
    ids=["silence", "hiss below what counts", "short", "quiet", "louder than full"],
)
def test_each_sound_gets_its_loudness_and_silence_stays(
    tmp_path: Path, ffmpeg: Path, sound: str, loudness: float | None, highest_peak: float
) -> None:
    lossless = ["-c:a", "pcm_f32le", "-t", "4"]
    source = make(ffmpeg, tmp_path / "source.mkv", "-f", "lavfi", "-i", sound, *lossless)
    node = Node(tmp_path / "node", ffmpeg)
    node.receive(LOUDNESS, source)

    code, said = node.encode("input.mkv", "-")

    assert code == 0, said
    measured, peak = loudness_of(ffmpeg, node.made / "sound.wav")
    assert peak <= highest_peak
    if loudness is not None:
        assert measured == pytest.approx(loudness, abs=1)


@one_ffmpeg
def test_a_run_that_measures_nothing_says_so(node: Node) -> None:
    silent = Run(("-i", "{input}", "-f", "null", "-"), "loudness")
    asked = recipe(silent, f"-i {{input}} -af {TARGET}:{MEASURED} a.wav", files=["a.wav"])

    assert encode(node, asked) == (
        NodeExit.FAILED,
        "encode.sh: ffmpeg measured no loudness of this input",
    )
    assert not {"made", "making"} & node.files()


@one_ffmpeg
@pytest.mark.parametrize("name", ["input_i", "other"])
def test_what_is_not_measured_can_not_be_asked_for(node: Node, name: str) -> None:
    asked = recipe(f"-i {{input}} -af volume={{measured:{name}}} a.wav", files=["a.wav"])

    code, said = encode(node, asked)

    assert code == NodeExit.USAGE
    assert said == f"encode.sh: recipe.txt asks for what isn't measured: volume={{measured:{name}}}"


JSON = """
printf '%s\\n' '{' '\t"input_i" : "-23.10",' '\t"input_tp" : "-4.00",' >&2
printf '%s\\n' '\t"input_lra" : "7.50",' '\t"input_thresh" : "-33.00",' >&2
printf '%s\\n' '\t"target_offset" : "0.70"' '}' >&2
for argument; do printf '%s\\n' "$argument" >>../arguments; done
echo made >out.txt
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_measured_values_are_put_anywhere_in_an_argument(tmp_path: Path, shell: str) -> None:
    skip_without(shell)
    node = Node(tmp_path)
    node.install(JSON)
    asked = recipe(
        Run(("first",), "loudness"),
        Run(("a{measured:input_i}{measured:input_tp}*{x}", "{measured:", "{measured:input_lra}")),
        files=["out.txt"],
    )

    assert encode(node, asked, shell)[0] == 0
    assert (node.work / "arguments").read_text().splitlines()[-3:] == [
        "a-23.10-4.00*{x}", "{measured:", "7.50"
    ]  # fmt: skip


@one_ffmpeg
def test_a_run_that_fails_ends_the_recipe_and_is_named(node: Node) -> None:
    asked = recipe(
        "-i {input} -vn a.wav", "-i {input} -c:v none b.mp4", "-i {input} c.mp4", files=["a.wav"]
    )

    code, said = encode(node, asked)

    assert code == NodeExit.FAILED
    assert said.startswith("encode.sh: ffmpeg failed on this input in run 2 of 3 (")
    assert not {"made", "making", "reports"} & node.files()


@each_shell
def test_a_signal_in_the_second_run_leaves_no_output_and_no_process(
    tmp_path: Path, ffmpeg: Path, shell: str
) -> None:
    skip_without(shell)
    node = Node(tmp_path)
    os.mkfifo(node.work / "pid")
    node.install(f"""
        case " $* " in *' -re '*) echo "$$" >../pid ;; esac
        exec '{ffmpeg}' "$@"
    """)
    asked = recipe(
        "-i {input} -vn a.wav", "-re -stream_loop -1 -i {input} -c copy b.mkv", files=["b.mkv"]
    )
    node.receive(asked)

    process = node.start("input.mp4", "-", shell=shell)
    ffmpegs_id = int((node.work / "pid").read_text())
    process.send_signal(signal.SIGTERM)
    # It ends only when nothing has its stderr any more.
    _, said = process.communicate()

    assert process.returncode == NodeExit.KILLED
    assert last_line(said) == "encode.sh: stopped by a signal"
    assert not {"made", "making", "pipe", "reports"} & node.files()
    with pytest.raises(ProcessLookupError):
        os.kill(ffmpegs_id, 0)


@one_ffmpeg
def test_a_fault_of_the_node_in_the_second_run_is_tried_again(node: Node, ffmpeg: Path) -> None:
    (node.bin / "ffmpeg").unlink()
    node.install(f"""case " $* " in *' 2 '*) kill -KILL $$ ;; esac; exec '{ffmpeg}' "$@" """)
    assert encode(node, TWO_PASSES)[0] == NodeExit.KILLED
    node.install(f"exec '{ffmpeg}' \"$@\"")

    assert encode(node, TWO_PASSES) == (0, "encode.sh: made film.mp4")


# Files beside the source

SUBTITLES = "1\n00:00:00,500 --> 00:00:02,000\nHello\n\n"
MUXED = recipe("-i {input} -i {with:0} -map 0 -map 1 -c copy film.mkv", files=["film.mkv"])


def test_a_file_beside_the_source_is_an_input(node: Node, ffmpeg: Path) -> None:
    node.receive(MUXED)
    (node.work / "with-0.srt").write_text(SUBTITLES)

    code, said = node.encode("input.mp4", "-", "with-0.srt", str(len(SUBTITLES)))

    assert code == 0, said
    read = subprocess.run([ffmpeg, "-i", node.made / "film.mkv"], capture_output=True, text=True)
    assert "Subtitle: subrip" in read.stderr
    assert files_below(node.made) == {"film.mkv"}


def test_a_file_beside_the_source_is_held_to_media(node: Node) -> None:
    node.receive(MUXED)
    (node.work / "with-0.srt").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")

    code, said = node.encode("input.mp4", "-", "with-0.srt", "-")

    assert code == NodeExit.FAILED
    assert "passwd" not in said


@pytest.mark.parametrize("shell", SHELLS)
def test_each_file_beside_the_source_has_its_guard(tmp_path: Path, shell: str) -> None:
    skip_without(shell)
    node = Node(tmp_path)
    node.install('printf "%s\\n" "$@" >../arguments; echo made >out.txt')
    node.receive(recipe("-i {with:10} -i {input} {with:1}", files=["out.txt"]))
    for name in ("with-1", "with-10.png", "with-100.png"):
        (node.work / name).write_text("x")

    code, said = node.encode(
        "input.mp4", "-", "with-1", "1", "with-10.png", "1", "with-100.png", "1", shell=shell
    )

    assert code == 0, said
    arguments = (node.work / "arguments").read_text().splitlines()
    assert arguments[arguments.index("../progress.txt") + 1 :] == [
        *guard(), "-i", "with-10.png", *guard(), "-i", "input.mp4", "with-1"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "file 0 beside the input isn't on this node"),
        (["with-1.srt", "5"], "file 0 beside the input isn't on this node"),
        (["with-0.srt", "9"], "with-0.srt isn't whole: 5 of 9 bytes"),
        (["with-0.vtt", "9"], "with-0.vtt isn't on this node"),
    ],
)
def test_a_file_beside_the_source_that_is_not_there_is_the_nodes_fault(
    tmp_path: Path, given: list[str], said: str
) -> None:
    node = Node(tmp_path)
    node.install("touch ../ran")
    node.receive(MUXED)
    for name in ("with-0.srt", "with-1.srt"):
        (node.work / name).write_text("Hello")

    assert node.encode("input.mp4", "-", *given) == (NodeExit.NO_INPUT, f"encode.sh: {said}\n")
    assert not {"ran", "making"} & node.files()


@pytest.mark.parametrize("shell", SHELLS)
def test_files_are_named_anywhere_in_an_argument(tmp_path: Path, shell: str) -> None:
    skip_without(shell)
    node = Node(tmp_path)
    node.install("""
        case $* in *framecrc*) exit 1 ;; esac
        printf '%s\\n' "$@" >../arguments
        echo made >out.txt
        case " $* " in *' -format_whitelist '*) echo "${*##* }" >>../opened ;; esac
    """)
    words = "a={input}:{with:1},{{with:0}{x} {with:} {with:a} {} } {input", "{with:0}", "*{input"
    node.receive(recipe(Run(("-i", "{input}", *words)), files=["out.txt"]))
    for name in ("with-0.srt", "with-1"):
        (node.work / name).write_text("x")

    code, said = node.encode("input.mp4", "-", "with-0.srt", "1", "with-1", "1", shell=shell)

    assert code == 0, said
    assert (node.work / "arguments").read_text().splitlines()[-3:] == [
        "a=input.mp4:with-1,{with-0.srt{x} {with:} {with:a} {} } {input", "with-0.srt", "*{input"
    ]  # fmt: skip
    # What a filter opens by itself was opened before, under guard.
    assert (node.work / "opened").read_text().split()[:3] == ["input.mp4", "with-1", "with-0.srt"]


def pictures(ffmpeg: Path, file: Path) -> bytes:
    """Return the pictures at 1 s, raw."""
    words: list[str | Path] = [ffmpeg, "-v", "error", "-ss", "1", "-i", file, "-frames:v", "1"]
    ran = subprocess.run([*words, "-f", "rawvideo", "-"], capture_output=True, check=True)
    return ran.stdout


@pytest.mark.parametrize("place", ["{input}", "{with:0}"])
def test_subtitles_are_burnt_in_from_the_source_or_a_file_beside_it(
    tmp_path: Path, ffmpeg: Path, place: str
) -> None:
    node = Node(tmp_path / "node")
    node.install(f"echo run >>../runs; exec '{ffmpeg}' \"$@\"")
    subtitles = tmp_path / "a.srt"
    subtitles.write_text(SUBTITLES)
    film = ("-f", "lavfi", "-i", "color=black:s=320x180:d=3", "-i", str(subtitles))
    source = make(ffmpeg, tmp_path / "film.mkv", *film, "-c:v", "ffv1")
    node.receive(
        recipe(f"-i {{input}} -vf subtitles={place} -c:v ffv1 a.mkv", files=["a.mkv"]), source
    )
    (node.work / "with-0.srt").write_text(SUBTITLES)

    code, said = node.encode("input.mkv", "-", "with-0.srt", str(len(SUBTITLES)))

    assert code == 0, said
    assert len(set(pictures(ffmpeg, source))) < len(set(pictures(ffmpeg, node.made / "a.mkv")))
    assert (node.work / "runs").read_text().count("run") == 4


def test_a_file_beside_the_source_that_a_filter_reads_may_be_no_media(
    node: Node, ffmpeg: Path
) -> None:
    words = "-i {input} -vf lut3d={with:0} -c:v ffv1 a.mkv"
    node.receive(recipe(words, files=["a.mkv"]))
    cube = ["LUT_3D_SIZE 2", *["0.0 0.0 0.0"] * 8]
    (node.work / "with-0.cube").write_text("\n".join(cube) + "\n")

    code, said = node.encode("input.mp4", "-", "with-0.cube", "-")

    assert code == 0, said
    assert len(set(pictures(ffmpeg, node.made / "a.mkv"))) < 8
