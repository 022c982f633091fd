from __future__ import annotations

import json
import platform
import re
import subprocess
import sys

import pytest

from batchff.ffmpeg.line.files import FILTER_FILES
from batchff.ffmpeg.line.make_table import TABLE, bundled_program, describe_options, list_known
from batchff.ffmpeg.line.table import load_table

_FILTER_OPTION = re.compile(r"^   (\w+) +<(\w+)> +\S+ ?(.*)$", re.MULTILINE)
_NAMES_A_FILE = re.compile(r"\bfile ?name|\bfile\b|\bpath\b", re.IGNORECASE)
# Options that speak of files and name none.
_NO_FILES = {"libvmaf.log_fmt", "movie.format_opts", "amovie.format_opts", "ssim360.heatmap_str"}
_NO_FILES |= {"xfade_opencl.kernel"}


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the table is of the ffmpeg that nodes have",
)
def test_the_table_is_what_the_bundled_ffmpeg_says() -> None:
    said = list_known(bundled_program())
    kept = json.loads(TABLE.read_text("utf-8"))

    again = "write it anew: python -m batchff.ffmpeg.line.make_table"
    scopes = {name: words.split()[1] for name, words in kept["options"].items()}
    assert said.pop("options") == scopes, again
    assert [key for key in said if said[key] != kept[key]] == [], again


def test_the_table_says_what_ffmpeg_does_with_an_option() -> None:
    said = describe_options(
        bundled_program(), ["an", "xerror", "filter_threads", "hwaccel", "map", "s", "report"]
    )
    kept = json.loads(TABLE.read_text("utf-8"))["options"]
    assert said == {name: kept[name] for name in said}


@pytest.mark.parametrize(
    ("word", "value", "scope", "sides"),
    [
        ("crf", True, "codec", "output"),
        ("crf:v:0", True, "codec", "output"),
        ("an", False, "file", "input output"),
        ("y", False, "global", ""),
        ("shortest", False, "file", "output"),
        ("noshortest", False, "file", "output"),
        ("copyts", False, "global", ""),
        ("xerror", False, "global", ""),
        ("filter_threads", True, "global", ""),
        ("a53cc", True, "codec", "output"),
        ("metadata:s:a:0", True, "stream", "output"),
        ("filter:v", True, "stream", "output"),
        ("s", True, "stream", "input output"),
        ("hwaccel", True, "stream", "input"),
        ("movflags", True, "format", "output"),
        ("vprofile", True, "codec", "output"),
        ("ss", True, "file", "input output"),
    ],
)
def test_an_option_is_what_ffmpeg_makes_of_it(
    word: str, value: bool, scope: str, sides: str
) -> None:
    facts = load_table().find_option(word)

    assert facts is not None
    assert (facts.takes_value, facts.scope) == (value, scope)
    if sides:
        assert facts.for_input == ("input" in sides)
        assert facts.for_output == ("output" in sides)


@pytest.mark.parametrize("word", ["crff", "vsync", "nocrf", "movflags:v", "", "-crf", "no"])
def test_what_ffmpeg_doesnt_know_isnt_an_option(word: str) -> None:
    assert load_table().find_option(word) is None


@pytest.mark.parametrize(
    ("name", "muxer"),
    [
        ("a.mp4", "mp4"),
        ("a.M4A", "ipod"),
        ("a.mkv", "matroska"),
        ("a.ts", "mpegts"),
        ("a.mpg", "mpeg"),
        ("a.jpg", "image2"),
        ("a.avif", "avif"),
        ("x.y/a.m3u8", "hls"),
        ("x.mp4/a", None),
        ("mp4", None),
    ],
)
def test_a_name_tells_the_format(name: str, muxer: str | None) -> None:
    guess = load_table().guess_muxer(name)
    assert (guess and guess.name) == muxer


def test_the_table_is_read_within_a_moment() -> None:
    timed = (
        "import time; from batchff.ffmpeg.line import table; start = time.process_time();"
        "table.load_table(); print(time.process_time() - start)"
    )
    ran = [
        float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(ran) < 0.02


def test_every_filter_that_names_a_file_is_known_to() -> None:
    said = subprocess.run(
        [bundled_program(), "-hide_banner", "-h", "full"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    filters = said.partition("\nAVFilter AVOptions:")[2].partition("_bsf AVOptions:")[0]
    lacking = []
    for section in re.split(r"^(?=\S.* AVOptions:$)", filters, flags=re.MULTILINE):
        names = section.partition(" AVOptions:")[0].replace("(a)", "")
        if names not in load_table().filters:
            continue
        known = {key for file in FILTER_FILES.get(names, ()) for key in file.keys}
        for option, kind, words in _FILTER_OPTION.findall(section):
            names_file = kind == "string" and _NAMES_A_FILE.search(f"{option} {words}")
            if names_file and option not in known and f"{names}.{option}" not in _NO_FILES:
                lacking.append(f"{names}.{option}")
    assert lacking == []


@pytest.mark.parametrize("name", FILTER_FILES)
def test_files_stand_where_a_filters_plain_arguments_do(name: str) -> None:
    said = subprocess.run(
        [bundled_program(), "-hide_banner", "-h", f"filter={name}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Two names of one option follow each other with the same words.
    places: dict[str, int] = {}
    last: tuple[str, str] | None = None
    for option, kind, words in _FILTER_OPTION.findall(said):
        if (kind, words) != last:
            last = (kind, words)
            places[option] = len(set(places.values()))
        else:
            places[option] = max(places.values())
    for file in FILTER_FILES[name]:
        for key in file.keys:
            assert key in places, f"{name} has no {key}"
            if file.position is not None:
                assert places[key] == file.position
