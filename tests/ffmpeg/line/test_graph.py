from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.line import Filter, LineError, Option, Side
from batchff.ffmpeg.line.graph import parse_graph, read_token


def filters(text: str) -> tuple[Filter, ...]:
    return parse_graph(Option("-vf", "filter", "v", text, Side.OUTPUT, 0)).filters


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("scale=2:3", "scale", [("", "2"), ("", "3")]),
        ("scale@a=w=2 : h = 3", "scale", [("w", "2"), ("h", "3")]),
        ("hflip", "hflip", []),
        (r"select='eq(pict_type\,I)'", "select", [("", "eq(pict_type,I)")]),
        (r"select=between(t\,0\,1)", "select", [("", "between(t,0,1)")]),
        (r"drawtext=text='10\:30'", "drawtext", [("text", "10:30")]),
        (r"drawtext=text=10\\:30:x=1", "drawtext", [("text", "10:30"), ("x", "1")]),
        (r"drawtext=text='It'\\\''s'", "drawtext", [("text", "It's")]),
        (
            "subtitles=a.srt:force_style='A=1,B=2'",
            "subtitles",
            [("", "a.srt"), ("force_style", "A=1,B=2")],
        ),
        ("subtitles={with:0}:si=1", "subtitles", [("", "{with:0}"), ("si", "1")]),
        ("lut3d=file='{with:12}'", "lut3d", [("file", "{with:12}")]),
        ("drawtext=text={with:a}", "drawtext", [("text", "{with"), ("", "a}")]),
        ("pan=stereo|c0=c0|c1=c1", "pan", [("", "stereo|c0=c0|c1=c1")]),
    ],
)
def test_a_filter_is_read_with_its_quotes_and_escapes(
    text: str, name: str, arguments: list[tuple[str, str]]
) -> None:
    (found,) = filters(text)
    assert found.name == name
    assert list(found.arguments) == arguments


def test_chains_and_labels_are_read() -> None:
    found = filters(
        "sws_flags=bicubic; [0:v] split = 2 [a][b] ; [a]hflip,vflip[c] ;[c][b]hstack[v];"
    )

    assert [(each.name, each.inputs, each.outputs) for each in found] == [
        ("split", ("0:v",), ("a", "b")),
        ("hflip", ("a",), ()),
        ("vflip", (), ("c",)),
        ("hstack", ("c", "b"), ("v",)),
    ]
    graph = parse_graph(
        Option("-lavfi", "filter_complex", "", "[0:v]split[a][b];[a]hflip[c]", Side.RUN, 0)
    )
    assert graph.open_outputs == {"b", "c"}


@pytest.mark.parametrize(
    "text", ["", ",", "hflip,,vflip", "[a", "[]hflip", "hflip[", ";hflip", "[a]"]
)
def test_what_isnt_a_graph_is_refused(text: str) -> None:
    with pytest.raises(LineError, match="can't be read"):
        filters(text)


def test_an_argument_is_found_by_key_or_by_place() -> None:
    (ssim,) = filters("ssim=a.log:shortest=1")

    assert ssim.argument("stats_file", "f", position=0) == "a.log"
    assert ssim.argument("shortest") == "1"
    assert ssim.argument("nosuch", position=1) is None


@given(st.text())
def test_whatever_is_quoted_is_read_as_it_was(text: str) -> None:
    quoted = "".join(f"\\{character}" for character in text)
    assert read_token(quoted + ",rest", 0, ",;") == (text, len(quoted))
