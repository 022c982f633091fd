from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from batchff.ffmpeg.words import (
    arguments_fault,
    cause_of,
    is_about_input,
    without_levels,
    without_particulars,
)

CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"
AS_ON_A_NODE = ["-nostdin", "-hide_banner", "-nostats", "-y"]
HELD = ["-protocol_whitelist", "file", "-format_whitelist", "mov,mp4,m4a,wav,matroska,mp3"]


def said(ffmpeg: Path, folder: Path, source: Path, words: str) -> list[str]:
    """Return what ffmpeg says as it fails on a source, as on a node."""
    name = f"input{source.suffix}"
    (folder / name).symlink_to(source)
    line = [word for word in f"{words} ".replace("{input}", name).split(" ") if word]
    at = line.index("-i")
    ran = subprocess.run(
        [ffmpeg, *AS_ON_A_NODE, *line[:at], *HELD, *line[at:]],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0, ran.stderr
    return ran.stderr.splitlines()


MISTAKES = [
    ("-i {input} -c:v libx264 -preset slowx out.mp4", "slowx"),
    ("-i {input} -c:v libx264 -tune filmy out.mp4", "filmy"),
    ("-i {input} -c:v libx264 -profile:v hi out.mp4", "hi"),
    ("-i {input} -c:v libx265 -preset slowx out.mp4", "slowx"),
    ("-i {input} -c:v libx264 -crf abc out.mp4", "'abc'"),
    ("-i {input} -c:v prores_ks -profile:v 99 out.mov", "99.0"),
    ("-i {input} -c:v libx264x out.mp4", "Unknown encoder 'libx264x'"),
    ("-i {input} -c:a libfdk_aac out.mp4", "Unknown encoder 'libfdk_aac'"),
    ("-c:v nosuch -i {input} out.mp4", "Unknown decoder 'nosuch'"),
    ("-i {input} -c:a opus -strict 0 out.mp4", "is experimental"),
    ("-i {input} -nosuch 3 out.mp4", "Unrecognized option 'nosuch'"),
    ("-i {input} -vf nosuch=1 out.mp4", ""),
    ("-i {input} -vf scale=nosuch=1 out.mp4", "nosuch"),
    ("-i {input} -vf scale=abc:2 out.mp4", "'abc'"),
    ("-i {input} -af loudnorm=I=5 out.mp4", "out of range"),
    ("-i {input} -vf volume=2 out.mp4", "audio"),
    ("-i {input} -vf lut3d=nosuch.cube out.mp4", "nosuch.cube: No such file or directory"),
    ("-i {input} -vf subtitles=nosuch.srt out.mp4", "nosuch.srt"),
    ("-i {input} -filter_complex [0:v]scale=32:32[a -map [a] out.mp4", "Mismatched '['"),
    ("-i {input} -filter_complex [0:v]scale=32:32[a] -map [b] out.mp4", "label 'b'"),
    ("-i {input} -map 1:v out.mp4", "file index"),
    ("-f nosuch -i {input} out.mp4", "Unknown input format: 'nosuch'"),
    ("-i {input} -f nosuch out.mp4", "nosuch"),
    ("-i {input} out.nosuch", "out.nosuch"),
    ("-i {input} out/of/here.mp4", "No such file or directory"),
    ("-i {input} -c copy -bsf:v nosuch out.mp4", "Bitstream filter not found"),
    ("-i {input} -pix_fmt nosuch out.mp4", "nosuch"),
    ("-i {input} -s 10x out.mp4", "Invalid frame size: 10x"),
    ("-i {input} -r abc out.mp4", "Invalid framerate value: abc"),
    ("-i {input} -t abc out.mp4", "abc"),
    ("-i {input} -ar abc out.mp4", "Expected number for ar"),
    ("-i {input} -c copy -movflags nosuch out.mp4", ""),
    ("-i {input} -c:v libx264 -b:v 100k -pass 2 out.mp4", "can't open stats file"),
    ("-hwaccel nosuch -i {input} out.mp4", "Unrecognized hwaccel: nosuch"),
    ("-hwaccel vaapi -hwaccel_device /nosuch -i {input} out.mp4", ""),
]


@pytest.mark.parametrize(("words", "cause"), MISTAKES)
def test_a_mistake_in_the_arguments_is_known_by_what_ffmpeg_says(
    words: str, cause: str, ffmpeg: Path, tmp_path: Path
) -> None:
    told = arguments_fault(said(ffmpeg, tmp_path, CLIP, words))

    assert told, "it's the arguments' fault"
    assert cause in told[0]
    assert not any("Conversion failed" in line or "Qavg" in line for line in told)


Maker = Callable[[Path, Path], Path]


def cut(_: Path, folder: Path) -> Path:
    source = folder / "cut.mp4"
    source.write_bytes(CLIP.read_bytes()[:3000])
    return source


def notes(_: Path, folder: Path) -> Path:
    source = folder / "notes.mp4"
    source.write_text("no media at all\n")
    return source


def noise(_: Path, folder: Path) -> Path:
    source = folder / "noise.mp3"
    source.write_bytes(bytes(range(7, 250, 3)) * 9)
    return source


def silent(ffmpeg: Path, folder: Path) -> Path:
    return made(ffmpeg, folder / "silent.mp4", "-i", str(CLIP), "-an", "-c", "copy")


def sound(ffmpeg: Path, folder: Path) -> Path:
    return made(ffmpeg, folder / "sound.wav", "-i", str(CLIP), "-vn")


def full_chroma(ffmpeg: Path, folder: Path) -> Path:
    picture = ["-f", "lavfi", "-i", "testsrc2=s=641x361:d=0.2", "-pix_fmt", "yuv444p"]
    return made(ffmpeg, folder / "odd.mkv", *picture, "-c:v", "libx264")


def prores(ffmpeg: Path, folder: Path) -> Path:
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x36:d=0.2", "-c:v", "prores_ks"]
    return made(ffmpeg, folder / "a.mov", *picture)


def with_subtitles(ffmpeg: Path, folder: Path) -> Path:
    words = folder / "a.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    inputs = ["-i", str(CLIP), "-i", str(words), "-map", "0", "-map", "1"]
    return made(ffmpeg, folder / "subs.mp4", *inputs, "-c", "copy", "-c:s", "mov_text")


def plain(_: Path, folder: Path) -> Path:
    return CLIP


def made(ffmpeg: Path, path: Path, *words: str) -> Path:
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *words, path], check=True)
    return path


@pytest.mark.parametrize(
    ("source", "words", "about_input"),
    [
        (cut, "-i {input} -c:v libx264 out.mp4", True),
        (cut, "-hwaccel auto -i {input} out.mp4", True),
        (notes, "-i {input} -c:v libx264 out.mp4", True),
        (noise, "-i {input} out.mp3", True),
        (silent, "-i {input} -map 0:a out.m4a", True),
        (silent, "-i {input} -vn out.m4a", True),
        (silent, "-i {input} -filter_complex [0:a]volume=2[a] -map [a] out.m4a", True),
        (sound, "-i {input} -map 0:v out.mp4", True),
        (full_chroma, "-i {input} -c:v libx264 -profile:v high out.mp4", False),
        (full_chroma, "-i {input} -c:v libx265 -profile:v main out.mp4", False),
        (full_chroma, "-i {input} -c:v dnxhd -b:v 36M out.mov", False),
        (prores, "-i {input} -c copy out.webm", False),
        (prores, "-i {input} -c copy out.mp4", False),
        (prores, "-i {input} -c copy -bsf:v h264_mp4toannexb out.mp4", False),
        (prores, "-i {input} -vf crop=100:100 out.mp4", False),
        (with_subtitles, "-i {input} -map 0 out.mp3", False),
        (with_subtitles, "-i {input} -map 0 -c copy out.mkv", False),
        (plain, "-i {input} -vf subtitles={input} out.mp4", False),
        (plain, "-i {input} -vf crop=9999:9999 out.mp4", False),
        (sound, "-i {input} -af channelmap=LFE-FL out.mp3", False),
    ],
)
def test_what_may_be_true_of_some_inputs_only_is_not_the_arguments_fault(
    source: Maker, words: str, about_input: bool, ffmpeg: Path, tmp_path: Path
) -> None:
    lines = said(ffmpeg, tmp_path, source(ffmpeg, tmp_path), words)

    assert arguments_fault(lines) == ()
    assert is_about_input(lines) == about_input


@pytest.mark.parametrize(
    "lines",
    [
        # With -hwaccel auto ffmpeg goes on without a device.
        ["Device creation failed: -1.", "[aac @ 0x55e3] Error submitting packet to decoder"],
        ["Device creation failed: -1.", "Output #0, mp4, to 'a.mp4':", "Conversion failed!"],
        [
            "Device creation failed: -1.",
            "[h264 @ 0x55e3] Auto hwaccel disabled: no device found.",
            "[libx264 @ 0x55e3] Error setting profile high.",
        ],
        # What a file's own numbers may be.
        ["[graph_0_in_0_1 @ 0x1] Value inf for parameter 'time_base' out of range [0 - 2]"],
        ["[auto_aresample_0 @ 0x1] [SWR @ 0x2] Value 99 for parameter 'ich' out of range [0 - 64]"],
        ["[format_out_0_1 @ 0x1] Value 3 for parameter 'pix_fmts' out of range [0 - 2]"],
        ["[AVFilterGraph @ 0x1] Error initializing filter 'abuffer' with args 'time_base=1/0'"],
        # Files that the source or one beside it names.
        ["[mov,mp4,m4a @ 0x1] stream 0: /tmp/a.mov: No such file or directory"],
        ["[Parsed_subtitles_0 @ 0x1] Unable to open with-0.srt"],
        ["input.mov: No such file or directory"],
        # A title that says so.
        ["    title           : Unknown encoder 'x'", "                    : Unknown encoder 'x'"],
    ],
)
def test_what_only_sounds_like_the_arguments_fault_is_none(lines: list[str]) -> None:
    assert arguments_fault(lines) == ()


def test_the_cause_is_told_with_what_explains_it_and_nothing_else() -> None:
    lines = [
        "Input #0, mov,mp4,m4a, from 'input.mp4':",
        "  Duration: 00:00:03.02, start: 0.000000, bitrate: 193 kb/s",
        "Stream mapping:",
        "  Stream #0:0 -> #0:0 (h264 (native) -> h264 (libx264))",
        "x264 [error]: invalid preset 'slowx'",
        "[libx264 @ 0x55a9] Error setting preset/tune slowx/(null).",
        "[vost#0:0/libx264 @ 0x55a9] [enc:libx264 @ 0x5] Error while opening encoder - maybe",
        "[vf#0:0 @ 0x55a9] Terminating thread with return code -22 (Invalid argument)",
        "[out#0/mp4 @ 0x55a9] Nothing was written into output file, because",
        "frame=    0 fps=0.0 q=0.0 Lsize=       0KiB time=00:00:00.41 bitrate=   0.0kbits/s",
        "[aac @ 0x55a965885500] Qavg: 454.662",
        "Conversion failed!",
    ]
    assert arguments_fault(lines) == (
        "x264 [error]: invalid preset 'slowx'",
        "[libx264 @ 0x55a9] Error setting preset/tune slowx/(null).",
    )


def test_two_failures_alike_have_the_same_words_but_for_particulars() -> None:
    one = ["[webm @ 0x55f0] Only VP8 or VP9", "input.mov: 3 of 17 frames", "frame=  12 fps=1"]
    other = ["[webm @ 0x12ab] Only VP8 or VP9", "input.mp4: 4 of 9 frames", "frame=  99 fps=7"]
    assert without_particulars(one) == without_particulars(other)
    assert len(without_particulars(one)) == 2
    assert without_particulars(one, numbers=False) != without_particulars(other, numbers=False)
    assert without_particulars(one) != without_particulars(["[webm @ 0x55f0] Only AV1"])


def test_the_first_error_with_a_level_is_the_cause() -> None:
    said = (
        "[info] Input #0\n[aost#0:1 @ 0x1] [fatal] Unknown encoder 'x'\n[error] Conversion failed!"
    )
    assert cause_of(said) == "Unknown encoder 'x'"
    assert cause_of("moov atom not found\nConversion failed!\n") == "moov atom not found"
    assert cause_of("") == "it gave no reason"
    assert without_levels(said).splitlines()[1] == "Unknown encoder 'x'"
    assert arguments_fault(said.splitlines())


def test_the_long_list_of_formats_isnt_repeated() -> None:
    said = "[error] Format not on whitelist 'aac,ac3,aiff,mov'\n[error] Error opening input"
    assert cause_of(said) == "an input has a format that can name other files, or is no media"
