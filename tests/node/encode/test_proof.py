"""Outputs that aren't what was promised of them, and those that are."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchff.model.inspection import StreamKind
from batchff.model.recipes import Count, Promise, PromisedStream, Recipe, RecipeOutput, Run
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import recipe
from tests.node.shells import each_shell
from tests.node.test_encode import CLIP, Node, last_line, make
from tests.recipes import preset_recipe

VIDEO, AUDIO = StreamKind.VIDEO, StreamKind.AUDIO
ALL = Promise(duration=True, frames=True)
X264 = "-c:v libx264 -preset ultrafast -fps_mode:v:0 vfr -enc_time_base:v:0 1:90000 -c:a aac"


def promised(line: str, promise: Promise, name: str = "out.mp4") -> Recipe:
    run = Run(("-i", "{input}", *line.split(), name))
    return Recipe("test", (run,), (RecipeOutput(name, promise=promise),))


def proven(node: Node, asked: Recipe, source: Path = CLIP, shell: str = "sh") -> tuple[int, str]:
    """Return the exit code, and the last line that was said."""
    node.receive(asked, source)
    code, said = node.encode(f"input{source.suffix}", "-", shell=shell)
    return code, last_line(said)


def streams(*made: PromisedStream) -> Promise:
    return Promise(duration=True, frames=True, streams=made)


@each_shell
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-t 2", "50 pictures of 75"),
        ("-vf select='not(mod(n\\,2))'", "38 pictures of 75"),
        ("-vf fps=50", "150 pictures of 75"),
        ("-af atrim=end=2", "2.0 of 3.0 s of the sound"),
        ("-af adelay=200:all=1", "3.2 of 3.0 s of the sound"),
        ("-vf setpts=N*N/8/25/TB+0.3*floor(N/40)/TB", "its 75 pictures aren't at the times"),
    ],
)
def test_what_is_not_as_the_source_is_wrong(node: Node, line: str, words: str, shell: str) -> None:
    code, said = proven(node, promised(f"{X264} {line}", ALL), shell=shell)

    assert code == NodeExit.WRONG, said
    assert said.startswith(f"encode.sh: {words}")
    assert not {"made", "making"} & node.files()


@one_ffmpeg
@pytest.mark.parametrize(
    ("line", "promise", "words"),
    [
        ("-an", Promise(audio=Count.ONE), "the sound is missing"),
        ("-an", Promise(audio=Count.ALL), "the sound is missing"),
        ("-vn", Promise(video=Count.ONE_IF_ANY), "the picture is missing"),
        ("", Promise(audio=Count.NONE), "1 audio stream too many"),
        ("-map 0 -map 0:a", Promise(audio=Count.ALL), "2 audio streams, and not 1"),
        ("-s 96x54", Promise(width=98), "96x54, and not 98x54"),
        ("-ac 1", streams(PromisedStream(VIDEO, 0), PromisedStream(AUDIO, 1, channels=2)),
         "the sound has 1 channels, and not 2"),
        ("-an", streams(PromisedStream(VIDEO, 0), PromisedStream(AUDIO, 1)),
         "the sound is missing"),
        ("", streams(PromisedStream(VIDEO, 0)), "1 audio stream, and not 0"),
        ("", streams(PromisedStream(VIDEO, 0, transfer="smpte2084"), PromisedStream(AUDIO, 1)),
         "PQ colours are lost"),
    ],
)  # fmt: skip
def test_what_is_promised_of_streams_is_checked(
    node: Node, line: str, promise: Promise, words: str
) -> None:
    code, said = proven(node, promised(f"{X264} {line}", promise))

    assert (code, said) == (NodeExit.WRONG, f"encode.sh: {words}")


def test_a_sound_out_of_sync_is_wrong(node: Node, tmp_path: Path, ffmpeg: Path) -> None:
    line = ("-itsoffset", "0.25", "-i", "{input}", "-map", "0:v", "-map", "1:a", *X264.split())
    both = streams(PromisedStream(VIDEO, 0), PromisedStream(AUDIO, 1))
    asked = Recipe(
        "test",
        (Run(("-i", "{input}", *line, "out.mkv")),),
        (RecipeOutput("out.mkv", promise=both),),
    )  # fmt: skip

    code, said = proven(node, asked)

    assert code == NodeExit.WRONG
    assert said.startswith("encode.sh: the sound ")


def test_colours_are_kept_or_told(node: Node, tmp_path: Path, ffmpeg: Path) -> None:
    set_ = "-vf setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    tags = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
    source = make(
        ffmpeg, tmp_path / "hdr.mkv",
        *f"-f lavfi -i testsrc=s=96x64:d=1 -pix_fmt yuv420p10le -c:v ffv1 {tags} {set_}".split(),
    )  # fmt: skip
    promise = streams(PromisedStream(VIDEO, 0, transfer="smpte2084"))

    assert proven(node, promised(f"{X264} {tags}", promise), source)[0] == 0
    lost = promised(f"{X264} {set_.replace('smpte2084', 'bt709')} -color_trc bt709", promise)
    assert proven(node, lost, source)[1] == "encode.sh: PQ colours are lost (bt709)"


@one_ffmpeg
def test_of_several_outputs_the_wrong_one_is_named(node: Node) -> None:
    asked = Recipe(
        "test",
        (Run(("-i", "{input}", "a.mp4", "-t", "1", "b.mp4")),),
        (RecipeOutput("a.mp4", promise=ALL), RecipeOutput("b.mp4", promise=ALL)),
    )

    assert proven(node, asked) == (NodeExit.WRONG, "encode.sh: b.mp4: 25 pictures of 75")


@one_ffmpeg
@pytest.mark.parametrize(
    "preset", ["h264", "mp3", "remux", "flac", "opus", "vp9", "dnxhr", "wav16k", "loudness"]
)
def test_presets_keep_what_they_promise(node: Node, preset: str) -> None:
    assert proven(node, preset_recipe(preset))[0] == 0


# The sound has the clock that it has beside the pictures: it's read by one ffmpeg alone.
pictures_or_sound = pytest.mark.parametrize(
    ("ffmpeg", "preset"),
    [
        ("imageio", "h264"),
        ("machine", "h264"),
        ("imageio", "mp3"),
        pytest.param("machine", "mp3", marks=pytest.mark.long),
    ],
    indirect=["ffmpeg"],
)

SOURCES = {
    "variable.mkv": "-vf select='lt(t,2)*not(mod(n,5))+gte(t,2)' -fps_mode vfr",
    "bframes.avi": "-c:v mpeg4 -bf 2 -c:a libmp3lame",
    "old.mpg": "-c:v mpeg2video -c:a mp2",
    "fields.ts": "-vf interlace -x264-params interlaced=1:tff=1",
    "live.ts": "-bf 2",
    "slow.webm": "-vf fps=1 -c:v libvpx -c:a libopus",
    "thousandths.mkv": "-r 30000/1001",
    "windows.wmv": "-c:v wmv2 -c:a wmav2",
    "low.mp4": "-ar 8000 -ac 1",
}


@pictures_or_sound
@pytest.mark.parametrize("name", SOURCES)
def test_clocks_of_all_containers_are_understood(
    node: Node, tmp_path: Path, ffmpeg: Path, name: str, preset: str
) -> None:
    made = "-f lavfi -i testsrc2=s=96x64:r=25:d=4 -f lavfi -i sine=d=4 -pix_fmt yuv420p"
    source = make(ffmpeg, tmp_path / name, *made.split(), *SOURCES[name].split())

    code, said = proven(node, preset_recipe(preset), source)

    assert code == 0, said


@pictures_or_sound
@pytest.mark.parametrize("late", ["0:v", "0:a"])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_late_stream_is_late_in_the_output_too(
    node: Node, tmp_path: Path, ffmpeg: Path, late: str, suffix: str, preset: str
) -> None:
    one = "1:v" if late == "0:v" else "1:a"
    other = "0:a" if late == "0:v" else "0:v"
    clip = str(CLIP)
    source = make(
        ffmpeg, tmp_path / f"late.{suffix}",
        "-i", clip, "-itsoffset", "1", "-i", clip, "-map", one, "-map", other, "-c", "copy",
    )  # fmt: skip

    code, said = proven(node, preset_recipe(preset), source)

    assert code == 0, said


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_a_copy_from_within_an_open_group_of_pictures_passes(
    node: Node, tmp_path: Path, ffmpeg: Path, suffix: str
) -> None:
    made = "-f lavfi -i testsrc2=s=96x64:r=25:d=8 -f lavfi -i sine=d=8 -c:v libx264 -g 25 -bf 3"
    source = make(
        ffmpeg, tmp_path / "open.ts", *made.split(),
        "-x264-params", "open-gop=1:scenecut=0", "-c:a", "aac",
    )  # fmt: skip
    node.receive(
        recipe(f"-ss 3.3 -i {{input}} -t 2 -c copy out.{suffix}", files=[f"out.{suffix}"]), source
    )

    code, said = node.encode("input.ts", "-")

    assert code == 0, said
    assert "warning: the output's first pictures don't decode" in said


@one_ffmpeg
def test_a_film_of_a_thousand_pictures_a_second_is_wrong(node: Node) -> None:
    asked = recipe("-i {input} -vf fps=1000 -c:v mpeg4 -an out.avi", files=["out.avi"])

    code, said = proven(node, asked)

    assert code == NodeExit.WRONG
    assert said.endswith("of 75: 1000 a second")


@one_ffmpeg
@pytest.mark.parametrize("line", ["-t 1", "-ss 1", "-vf fps=5", "-an", "-vf setpts=2*PTS -an"])
def test_a_line_may_make_something_else(node: Node, line: str) -> None:
    asked = recipe(f"-i {{input}} {line} out.mp4", files=["out.mp4"])

    assert proven(node, asked)[0] == 0


@one_ffmpeg
def test_what_can_not_be_checked_is_no_success(node: Node, ffmpeg: Path) -> None:
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f'case "$*" in *framecrc*) exit 0 ;; esac; exec \'{ffmpeg}\' "$@"')

    code, said = proven(node, promised(X264, ALL))

    assert (code, said[:11]) == (NodeExit.WRONG, "encode.sh: ")
    assert "can't be checked" in said


def test_what_was_found_is_in_a_file(node: Node) -> None:
    assert proven(node, promised(X264, ALL))[0] == 0

    lines = (node.work / "proof.txt").read_text().splitlines()
    assert lines[0] == "source holds 3 s, says 3 s, errors 0"
    assert "out.mp4: pictures 75, at their times" in lines


def test_uneven_pictures_in_matroska_are_no_error(tmp_path: Path, ffmpeg: Path) -> None:
    # The times of decoding that are made up for them go back.
    uneven = "fps=50,select='if(lt(t,2),not(mod(n,5)),1)'"
    source = tmp_path / "vfr.mp4"
    words = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=4", "-vf", uneven, "-fps_mode", "vfr"]
    make(ffmpeg, source, *words, "-c:v", "libx264", "-preset", "ultrafast")
    node = Node(tmp_path / "node", ffmpeg)
    promise = Promise(frames=True, off_by=0.05, streams=(PromisedStream(VIDEO, 0),))

    line = "-c:v libx264 -preset veryfast"
    code, said = proven(node, promised(line, promise, "out.mkv"), source)

    assert code == 0, said


def test_silence_before_a_late_sound_beside_a_copied_film_is_right(
    node: Node, tmp_path: Path, ffmpeg: Path
) -> None:
    words = ["-i", str(CLIP), "-itsoffset", "0.7", "-i", str(CLIP), "-map", "0:v", "-map", "1:a"]
    source = make(ffmpeg, tmp_path / "late.mkv", *words, "-c", "copy")
    promise = Promise(
        duration=True, streams=(PromisedStream(VIDEO, 0, is_copy=True), PromisedStream(AUDIO, 1))
    )
    line = "-map 0:0 -map 0:1 -c:v copy -af aresample=async=1:first_pts=0 -c:a aac"

    code, said = proven(node, promised(line, promise, "out.mkv"), source)

    assert code == 0, said


def test_what_an_edit_list_hides_is_told_where_a_copy_shows_it(
    node: Node, tmp_path: Path, ffmpeg: Path
) -> None:
    long_ = ["-f", "lavfi", "-i", "testsrc2=s=96x64:d=6", "-f", "lavfi", "-i", "sine=d=6"]
    whole = make(ffmpeg, tmp_path / "whole.mp4", *long_, *X264.split(), "-g", "500")
    source = make(ffmpeg, tmp_path / "cut.mp4", "-ss", "2.3", "-i", str(whole), "-c", "copy")
    promise = Promise(
        duration=True,
        streams=(PromisedStream(VIDEO, 0, is_copy=True), PromisedStream(AUDIO, 1, is_copy=True)),
    )

    code, said = proven(node, promised("-map 0 -c copy", promise, "out.mkv"), source)

    assert code == 0, said
    told = (node.work / "told.txt").read_text()
    assert "the film begins 2.3 s earlier: a copy begins with a whole picture" in told
