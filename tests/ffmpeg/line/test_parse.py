from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.line import InputKind, Line, LineError, parse_line
from batchff.ffmpeg.line.table import load_table
from tests.ffmpeg.line.examples import EXAMPLES, Example


def parsed(example: Example) -> Line:
    earlier = [parse_line(example.earlier.split())] if example.earlier else []
    return parse_line(example.words, suffix=example.suffix, beside=example.beside, earlier=earlier)


def parse(text: str, suffix: str = ".mp4", beside: tuple[str, ...] = ()) -> Line:
    return parse_line(text.split(), suffix=suffix, beside=beside)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text[:60])
def test_a_line_as_people_write_it_is_understood(example: Example) -> None:
    line = parsed(example)

    assert [made.name + "?" * (not made.is_sure) for made in line.makes] == example.makes.split()
    assert [encoder.name for encoder in line.encoders] == example.encoders.split()
    assert [each.name for each in line.filters] == example.filters.split()


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 60


SIDE_FILES = {
    "logo.png": "-f lavfi -i color=red:s=8x8 -frames:v 1",
    "subs.srt": "",
    "music.wav": "-f lavfi -i sine=d=1",
}


def run(ffmpeg: Path, line: Line, folder: Path) -> None:
    beside = [name for name in SIDE_FILES if (folder / name).exists()]
    words = [word.replace("{input}", "input.mp4") for word in line.words]
    words = [word.replace("{with:0}", "".join(beside)) for word in words]
    if line.outputs[-1].is_default:
        words.append(line.outputs[-1].name)
    for name in line.folders:
        (folder / name).mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, bundled: str) -> Path:
    path = tmp_path_factory.mktemp("clip") / "input.mp4"
    made = (
        "-f lavfi -i testsrc=s=64x48:r=25:d=2 -f lavfi -i sine=f=440:d=2 -c:v libx264 -g 25 "
        "-pix_fmt yuv420p -c:a aac"
    )
    subprocess.run([bundled, "-v", "error", *made.split(), path], check=True)
    return path


@pytest.fixture(scope="module")
def bundled() -> str:
    from batchff.ffmpeg.line.make_table import bundled_program

    return bundled_program()


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.runs], ids=lambda example: example.text[:60]
)
def test_ffmpeg_makes_what_was_foretold(
    example: Example,
    ffmpeg: Path,
    clip: Path,
    bundled: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if request.node.callspec.params["ffmpeg"] not in example.runs:
        pytest.skip("this ffmpeg lacks something of the line")
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "input.mp4").symlink_to(clip)
    for name in example.beside:
        if name == "subs.srt":
            (folder / name).write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n\n", "utf-8")
        else:
            subprocess.run(
                [bundled, "-v", "error", *SIDE_FILES[name].split(), folder / name], check=True
            )
    if example.earlier:
        run(ffmpeg, parse_line(example.earlier.split()), folder)
    before = {path for path in folder.rglob("*") if path.is_file()}
    line = parsed(example)

    run(ffmpeg, line, folder)

    files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    known = [path.relative_to(folder).as_posix() for path in before]
    new = [name for name in files if name not in known]
    assert [name for name in new if not any(made.matches(name) for made in line.makes)] == []
    assert [m.name for m in line.makes if m.is_sure and not any(map(m.matches, files))] == []
    assert line.makes_folder or len(new) == 1


COMMON_WORDS = """
    -i {input} {with:0} -vf -af -filter_complex -c:v -c -map -f hls tee null -pass 1 2 -an -y a.mp4
    b.m3u8 %03d.jpg [f=mp4]a|b.ts [0:v]scale=2:2[v] [v] scale,,x -- - -metadata -ss 5 -bsf:v libx264
    -var_stream_map -hls_flags 0:a? copy -x265-params stats=a:csv -vstats
"""
WORDS = st.one_of(
    st.sampled_from(COMMON_WORDS.split()),
    st.text(),
    st.text(alphabet="-:=,;[]'\\{}%|/.abcfimpv0123 "),
    st.sampled_from(list(load_table().option_names())).map("-{}".format),
)


@given(st.lists(WORDS, max_size=12), st.sampled_from(["", ".mp4", ".jpg", ".m3u8", ".mpd", ".xyz"]))
def test_whatever_the_words_a_line_is_understood_or_refused(words: list[str], suffix: str) -> None:
    try:
        line = parse_line(words, suffix=suffix, beside=["a.srt"])
    except LineError as error:
        assert error.message and "\n" not in error.message and "\n" not in error.hint
        assert error.at is None or 0 <= error.at <= len(words)
        return
    assert line.makes
    assert all(not made.name.startswith("/") for made in line.makes)
    assert all(".." not in made.name.split("/") for made in line.makes)
    assert line.folders is not None and line.hardware is not None and line.passes is not None
    # All words are some part's.
    assert list(line.words)[-len(words) :] == words or not words


def test_the_source_comes_first_where_the_line_doesnt_place_it() -> None:
    line = parse("-i {with:0} -map 0:v -map 1:s", beside=("a.srt",))

    assert line.words[:2] == ("-i", "{input}")
    assert [(each.kind, each.number) for each in line.inputs] == [
        (InputKind.SOURCE, None),
        (InputKind.BESIDE, 0),
    ]


def test_the_source_stays_where_the_line_places_it() -> None:
    line = parse("-ss 5 -i {input} -c copy")

    assert line.words == ("-ss", "5", "-i", "{input}", "-c", "copy")
    assert [option.word for option in line.inputs[0].options] == ["-ss"]


def test_old_spellings_are_plain_options() -> None:
    options = parse("-vcodec libx264 -af volume=2 -vframes 5 -ab 96k").outputs[0].options

    assert [(option.name, option.specifier, option.kind) for option in options] == [
        ("c", "v", "video"),
        ("filter", "a", "audio"),
        ("frames", "v", "video"),
        ("b", "a", "audio"),
    ]


def test_what_a_proof_may_check_is_said() -> None:
    assert parse("-c:v libx264 -vf scale=2:2").keeps_times
    assert not parse("-ss 1 -i {input}").keeps_times
    assert not parse("-vf setpts=2*PTS").keeps_times
    assert not parse("-r 5").keeps_times
    assert not parse("-vf bwdif").keeps_times
    assert not parse("-vf yadif=mode=1").keeps_times
    assert parse("-vf yadif,w3fdif=mode=frame").keeps_times
    cut = parse("-ss 1 -i {input} -t 5 -shortest").cuts
    assert [(option.word, option.side.value) for option in cut] == [
        ("-ss", "input"),
        ("-t", "output"),
        ("-shortest", "output"),
    ]
    assert parse("-af loudnorm=measured_I=-20").passes.is_measured
    assert parse("-pass 1").passes.number == 1


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("-hwaccel cuda -i {input} -c:v h264_nvenc", {"nvidia"}),
        ("-c:v h264_qsv -i {input} -c:v libx264", {"intel"}),
        ("-init_hw_device vaapi=v -vf format=nv12,hwupload", {"vaapi"}),
        ("-vf scale_vulkan=2:2", {"vulkan"}),
        ("-c:v hevc_amf", {"amd"}),
        ("-c:v libx264", set()),
    ],
)
def test_needed_hardware_is_said(text: str, needs: set[str]) -> None:
    assert parse(text).hardware == needs


def test_nothing_is_left_of_a_line_that_makes_nothing_but_measures() -> None:
    words = ["-af", "loudnorm=print_format=json", "-f", "null", "-"]

    assert parse_line(words, may_only_measure=True).makes == ()
    with pytest.raises(LineError, match="makes no file"):
        parse_line(words)
