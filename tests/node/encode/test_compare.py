"""Outputs that have the source's times, and not its pictures or its sound; and those that have."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from batchff.model.inspection import StreamKind
from batchff.model.recipes import Promise, PromisedStream, Recipe, RecipeOutput, Run
from batchff.node.exit_codes import NodeExit
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.shells import each_shell
from tests.node.test_encode import Node, last_line, make

ALL = ("pictures", "levels", "sound")
LINE = "-map 0:0 -map 0:1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac"
TIMES = "-fps_mode:v:0 vfr -enc_time_base:v:0 1:90000"
STREAMS = (PromisedStream(StreamKind.VIDEO, 0), PromisedStream(StreamKind.AUDIO, 1))
MADE = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -crf 12 -c:a aac"
FILM = "testsrc2=s=96x64:r=25:d=4"
SOUND = "aevalsrc='0.4*sin(2*PI*(300+120*floor(4*t))*t)*(0.3+0.7*mod(floor(3*t),2))':s=48000:d=4"
BEEPS = "aevalsrc='0.5*sin(2*PI*1000*t)*(between(t,1,1.2)+between(t,3,3.2))':s=48000:d=4"
BOX = "drawbox=c=white:t=fill:w=40:enable='gte(t,2)'"
LATE = "-vf tpad=start_mode=clone:start=1,setpts=N/25/TB,trim=end_frame=100"
EIGHT = "|".join(f"c{channel}=c0" for channel in range(8))


def compared(line: str = "", kinds: tuple[str, ...] = ALL, name: str = "out.mp4") -> Recipe:
    run = Run(("-i", "{input}", *LINE.split(), *TIMES.split(), *shlex.split(line), name))
    promise = Promise(duration=True, frames=True, compare=kinds, streams=STREAMS)
    return Recipe("test", (run,), (RecipeOutput(name, promise=promise),))


def source_of(
    ffmpeg: Path, folder: Path, film: str = FILM, sound: str = SOUND, words: str = ""
) -> Path:
    return make(
        ffmpeg, folder / "source.mkv", "-f", "lavfi", "-i", film, "-f", "lavfi", "-i", sound,
        *MADE.split(),
        *words.split(),
    )  # fmt: skip


def judged(node: Node, asked: Recipe, source: Path, shell: str = "sh") -> tuple[int, str]:
    """Return the exit code, and the last line that was said."""
    node.receive(asked, source)
    code, said = node.encode("input.mkv", "-", shell=shell)
    return code, last_line(said).removeprefix("encode.sh: ")


SPOILT = {
    "frozen": ("-vf trim=end=2,tpad=stop_mode=clone:stop_duration=2",
               "its pictures stand still from 2."),
    "black": ("-vf \"drawbox=c=black:t=fill:enable='gte(t,2)'\"",
              "its pictures are blank from 2.0 s on"),
    "late": ("-vf tpad=start_mode=clone:start=5,setpts=N/25/TB,trim=end_frame=100",
             "its pictures are 0.2 s too late"),
    "mirrored": ("-vf hflip", "its pictures aren't the source's"),
    "upside-down": ("-vf vflip", "its pictures aren't the source's"),
    "other": ("-vf negate", "its pictures aren't the source's"),
    "washed": ("-vf scale=out_range=pc,setparams=range=tv", "its levels are wrong"),
    "tagged": ("-vf setparams=range=pc", "its levels are wrong"),
    "halves": ("-vf \"shuffleframes='0 0'\"", "of its pictures stand"),
    "sound-late": ("-af adelay=200:all=1,atrim=end=4", "the sound is 0.2 s too late"),
    "sound-early": ("-af atrim=start=0.2,asetpts=PTS-STARTPTS,apad=pad_dur=0.2",
                    "the sound is 0.2 s too early"),
    "sound-other": ("-af areverse", "the sound isn't the source's"),
    "silent": ("-af volume=0", "the sound isn't the source's"),
}  # fmt: skip


@one_ffmpeg
@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_not_seen_or_heard_as_in_the_source_is_wrong(
    node: Node, tmp_path: Path, ffmpeg: Path, kind: str
) -> None:
    line, words = SPOILT[kind]

    code, said = judged(node, compared(line), source_of(ffmpeg, tmp_path))

    assert code == NodeExit.WRONG, said
    assert words in said


@pytest.mark.parametrize("ffmpeg", ["machine"], indirect=True)
def test_levels_that_end_at_black_and_white_are_wrong(
    node: Node, tmp_path: Path, ffmpeg: Path
) -> None:
    source = source_of(ffmpeg, tmp_path, "testsrc=s=96x64:r=12:d=4,hue=H=t")

    code, said = judged(node, compared("-vf scale=out_range=pc,setparams=range=tv"), source)

    assert (code, said) == (
        NodeExit.WRONG,
        "its levels are wrong: it has more contrast than the source",
    )


@each_shell
def test_each_shell_compares(node: Node, tmp_path: Path, ffmpeg: Path, shell: str) -> None:
    source = source_of(ffmpeg, tmp_path)

    assert judged(node, compared("-vf hflip"), source, shell)[0] == NodeExit.WRONG
    (node.work / "verdict.txt").unlink()
    assert judged(node, compared(), source, shell)[0] == 0


GOOD = {
    "as-usual": (FILM, SOUND, "", ""),
    "still": ("color=c=0x405060:s=96x64:d=4", SOUND, "", ""),
    "bars": ("smptebars=s=96x64:d=4", SOUND, "", ""),
    "black": ("color=black:s=96x64:d=4", SOUND, "", ""),
    "silence": (FILM, "anullsrc=d=4", "", ""),
    "tone": (FILM, "sine=440:d=4", "", ""),
    "flashes": (f"{FILM},drawbox=c=white:t=fill:enable='lt(mod(t,0.4),0.04)'", SOUND, "", ""),
    "variable": (f"{FILM},select='lt(t,2)*not(mod(n,5))+gte(t,2)'", SOUND, "-fps_mode vfr", ""),
    "on-twos": (f"{FILM},fps=12,fps=25", SOUND, "", ""),
    "full-levels": (f"{FILM},scale=out_range=pc", SOUND, "-pix_fmt yuvj420p", ""),
    "noise": (f"{FILM},noise=alls=60:allf=t", "anoisesrc=d=4:a=0.5", "", "-crf 45"),
    "grain": ("color=gray:s=96x64:d=4,noise=alls=30:allf=t", SOUND, "", "-preset medium -crf 36"),
    "small": (FILM, SOUND, "", "-s 48x32 -crf 40 -ac 1 -b:a 32k"),
    "late-sound": (FILM, f"{SOUND},asetpts=PTS+0.7/TB", "", ""),
    "beeps": (FILM, BEEPS, "", ""),
    "eight-channels": (FILM, f"{SOUND},pan=7.1|{EIGHT}", "-c:a flac", ""),
    "renamed": ("color=red:s=96x64:d=4", SOUND, "",
                "-bsf:v h264_metadata=matrix_coefficients=1"),
    "card-a-picture-late": (f"color=navy:s=96x64:d=4,{BOX}", SOUND, "", LATE),
    "8-kHz": (FILM, BEEPS, "", "-ar 8000"),
}  # fmt: skip


@pytest.mark.parametrize("ffmpeg", ["imageio"], indirect=True)
@pytest.mark.parametrize("kind", GOOD)
def test_what_is_right_is_not_blamed(node: Node, tmp_path: Path, ffmpeg: Path, kind: str) -> None:
    film, sound, made, line = GOOD[kind]

    code, said = judged(node, compared(line), source_of(ffmpeg, tmp_path, film, sound, made))

    assert code == 0, said
    found = (node.work / "proof.txt").read_text()
    assert "out.mp4: pictures compared: " in found
    assert "out.mp4: sound compared: " in found


def test_colours_may_change_where_they_must(node: Node, tmp_path: Path, ffmpeg: Path) -> None:
    source = source_of(ffmpeg, tmp_path)
    darker = compared("-vf \"curves=all='0/0.1 0.5/0.7 1/0.8'\"", ("pictures",))

    assert judged(node, darker, source)[0] == 0
    (node.work / "verdict.txt").unlink(missing_ok=True)
    assert judged(node, compared("-vf hflip", ("pictures",)), source)[0] == NodeExit.WRONG


@one_ffmpeg
@pytest.mark.parametrize("kinds", [(), ALL])
def test_the_output_is_the_same_with_and_without(
    node: Node, tmp_path: Path, ffmpeg: Path, kinds: tuple[str, ...]
) -> None:
    source = source_of(ffmpeg, tmp_path)
    line = [*LINE.split(), *TIMES.split()]
    alone = make(ffmpeg, tmp_path / "alone.mp4", "-i", str(source), *line)

    assert judged(node, compared("", kinds), source)[0] == 0

    assert hashes(ffmpeg, node.made / "out.mp4") == hashes(ffmpeg, alone)


def hashes(ffmpeg: Path, film: Path) -> str:
    words = ["-nostdin", "-v", "error", "-i", str(film), "-map", "0", "-c", "copy"]
    command = [str(ffmpeg), *words, "-f", "framemd5", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@one_ffmpeg
def test_progress_is_of_the_output(node: Node, tmp_path: Path, ffmpeg: Path) -> None:
    assert judged(node, compared(), source_of(ffmpeg, tmp_path))[0] == 0

    reports = (node.work / "progress.txt").read_text().splitlines()
    sizes = [int(line[11:]) for line in reports if line.startswith("total_size=")]
    assert sizes[-1] == (node.made / "out.mp4").stat().st_size
    assert [line for line in reports if line.startswith("frame=")][-1] == "frame=100"


@one_ffmpeg
def test_where_there_is_no_od_nothing_is_compared(node: Node, tmp_path: Path, ffmpeg: Path) -> None:
    node.bin.joinpath("od").unlink()

    assert judged(node, compared("-vf hflip"), source_of(ffmpeg, tmp_path))[0] == 0


@one_ffmpeg
@pytest.mark.parametrize(
    "codec", ["libmp3lame -q:a 9 -ar 22050 out.mp3", "libopus -b:a 16k out.opus"]
)
@pytest.mark.parametrize(
    "sound",
    [
        "anoisesrc=d=4:a=0.4:c=pink:seed=4,tremolo=f=1.7:d=0.9",
        "aevalsrc='0.4*sin(2*PI*440*t)*between(mod(t,1.3),0.2,0.6)+0.02*random(0)':s=48000:d=4",
        "anoisesrc=d=4:a=0.3:c=brown:seed=7,highpass=f=300",
    ],
)
def test_what_an_encoder_loses_of_noise_is_not_blamed(
    node: Node, tmp_path: Path, ffmpeg: Path, codec: str, sound: str
) -> None:
    words = codec.split()
    run = Run(("-i", "{input}", "-map", "0:1", "-c:a", *words))
    promise = Promise(duration=True, compare=("sound",), streams=STREAMS[1:])
    asked = Recipe("test", (run,), (RecipeOutput(words[-1], promise=promise),))

    code, said = judged(node, asked, source_of(ffmpeg, tmp_path, sound=sound))

    assert code == 0, said


@pytest.mark.parametrize("words", ["-c:a libmp3lame out.mp3", "-c:a aac out.mkv"])
def test_a_sound_of_8_khz_alone_is_compared(
    node: Node, tmp_path: Path, ffmpeg: Path, words: str
) -> None:
    # ffmpeg 9 never ended here where its run wrote the source's sound beside the output.
    tone = ["-f", "lavfi", "-i", "sine=d=2:sample_rate=8000", "-c:a", "pcm_mulaw"]
    source = make(ffmpeg, tmp_path / "tone.au", *tone)
    run = Run(("-i", "{input}", "-map", "0:0", *words.split()))
    promise = Promise(duration=True, compare=("sound",), streams=sound_alone(0))
    name = words.split()[-1]
    node.receive(Recipe("test", (run,), (RecipeOutput(name, promise=promise),)), source)

    process = node.start("input.au", "-")
    try:
        _, said = process.communicate(timeout=120)
    finally:
        process.terminate()

    assert process.returncode == 0, said
    assert f"{name}: sound compared" in (node.work / "proof.txt").read_text()


EARLY = "-af atrim=start=0.2,asetpts=PTS-STARTPTS,apad=pad_dur=0.2"


@one_ffmpeg
@pytest.mark.parametrize(
    ("sound", "line", "name"),
    [
        # A packet of FLAC is 96 ms long, and nothing stands before its sound.
        (SOUND, "-c:a flac", "out.flac"),
        # A tone that rises all along is as high as it was a little before.
        ("aevalsrc='0.5*sin(2*PI*(200+400*t)*t)':s=44100:d=4", "-c:a libmp3lame", "out.mp3"),
    ],
)
@pytest.mark.parametrize("is_early", [True, False])
def test_a_sound_alone_that_is_early_is_wrong(
    node: Node, tmp_path: Path, ffmpeg: Path, sound: str, line: str, name: str, is_early: bool
) -> None:
    source = source_of(ffmpeg, tmp_path, sound=sound)
    words = f"{EARLY} {line}" if is_early else line
    run = Run(("-i", "{input}", "-map", "0:1", *words.split(), name))
    kinds = ("sound", "exact") if name == "out.flac" else ("sound",)
    promise = Promise(duration=True, compare=kinds, streams=sound_alone(1))

    code, said = judged(
        node, Recipe("test", (run,), (RecipeOutput(name, promise=promise),)), source
    )

    assert code == (NodeExit.WRONG if is_early else 0), said
    assert said.startswith("the sound is") or not is_early


def sound_alone(index: int) -> tuple[PromisedStream, ...]:
    return (PromisedStream(StreamKind.AUDIO, index),)


@one_ffmpeg
@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ((), "out.mp4: pictures and sound not compared: they are copied, or may have been"),
        (("sound",), "out.mp4: pictures not compared: they are copied, or may have been"),
        (("pictures",), "out.mp4: sound not compared: it is copied, or may have been"),
    ],
)
def test_what_is_not_compared_is_in_the_proof(
    node: Node, tmp_path: Path, ffmpeg: Path, kinds: tuple[str, ...], told: str
) -> None:
    code, said = judged(node, compared("", kinds), source_of(ffmpeg, tmp_path))

    assert code == 0, said
    assert f"{told} changed on purpose" in (node.work / "proof.txt").read_text()
    assert "compared" not in said


def test_no_run_has_a_decoder_that_feeds_two_chains(
    node: Node, tmp_path: Path, ffmpeg: Path
) -> None:
    source = source_of(ffmpeg, tmp_path)
    node.bin.joinpath("ffmpeg").unlink()
    node.install(f"""printf '%s\n' "$*" >>'{tmp_path}/calls'; exec '{ffmpeg}' "$@" """)

    assert judged(node, compared(), source)[0] == 0

    calls = (tmp_path / "calls").read_text().splitlines()
    chains = [call for call in calls if "scale=8:8" in call or "astats" in call]
    assert sum("-map 0:V:0 -filter:v setparams=" in call for call in chains) == 1
    assert sum("-map 0:0 -filter:v setparams=" in call for call in chains) == 1
    assert sum("astats" in call for call in chains) == 2
    assert not any("-progress" in call for call in chains)


LONG = "testsrc2=s=64x48:r=10:d=40"


@one_ffmpeg
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "-vf \"select='not(between(t,11,15))',fps=10\"",
            "its pictures stand still from 10.9 s on",
        ),
        ("-vf \"drawbox=c=black:t=fill:enable='between(t,11,15)'\"", "its pictures are blank from"),
        ("-vf hflip", "its pictures aren't the source's"),
    ],
    ids=["frozen", "black", "mirrored"],
)
def test_of_a_long_film_what_lies_between_its_parts_is_seen_as_well(
    node: Node, tmp_path: Path, ffmpeg: Path, line: str, words: str
) -> None:
    code, said = judged(node, compared(line), long_source(ffmpeg, tmp_path))

    assert code == NodeExit.WRONG, said
    assert words in said


@pytest.mark.parametrize(
    ("ffmpeg", "shell"),
    [("machine", "sh"), ("imageio", "sh"), ("imageio", "busybox sh")],
    indirect=["ffmpeg"],
)
def test_a_long_film_that_is_right_is_seen_in_parts(
    node: Node, tmp_path: Path, ffmpeg: Path, shell: str
) -> None:
    code, said = judged(node, compared(), long_source(ffmpeg, tmp_path), shell)

    assert code == 0, said
    found = re.search(
        r"pictures compared: (\d+), .*, in parts", (node.work / "proof.txt").read_text()
    )
    assert found
    assert 200 < int(found[1]) < 300


def long_source(ffmpeg: Path, folder: Path) -> Path:
    return source_of(ffmpeg, folder, LONG, SOUND.replace("d=4", "d=40"), "-g 10")
