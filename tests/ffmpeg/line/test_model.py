from __future__ import annotations

import pytest

from batchff.ffmpeg.line import Content, Made, parse_line


@pytest.mark.parametrize(
    ("name", "path", "matches"),
    [
        ("a.mp4", "a.mp4", True),
        ("a.mp4", "axmp4", False),
        ("v*/seg*.ts", "v0/seg001.ts", True),
        ("v*/seg*.ts", "v0/x/seg001.ts", False),
        ("[a]*.jpg", "[a]1.jpg", True),
        ("[a]*.jpg", "a1.jpg", False),
        ("out/**", "out/Q(1)/F", True),
    ],
)
def test_a_star_is_any_text_within_a_name(name: str, path: str, matches: bool) -> None:
    made = Made(name, Content.MEDIA, "-f")
    assert made.matches(path) is matches
    assert made.is_many is ("*" in name)


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("a/b/%d.jpg", ("a/b",)),
        ("-hls_segment_filename x/v%v/s%d.ts x/v%v/i.m3u8", ("x",)),
        ("a.mp4", ()),
    ],
)
def test_folders_that_must_be_there_are_named(text: str, folders: tuple[str, ...]) -> None:
    assert parse_line(text.split()).folders == folders


@pytest.mark.parametrize(
    ("text", "is_folder"),
    [("", False), ("a.mp4 b.mp4", True), ("%d.jpg", True), ("-vstats", True), ("a.m3u8", True)],
)
def test_more_than_one_file_is_a_folder(text: str, is_folder: bool) -> None:
    assert parse_line(text.split(), suffix=".mp4").makes_folder is is_folder


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("-c copy a.mp4 a.png a.srt -f framemd5 a.txt", "media picture subtitles text"),
        ("-sn a.m3u8", "playlist piece"),
        ("a.mpd", "playlist piece piece"),
        ("-c copy -f segment -segment_list l.csv %d.ts", "piece text"),
    ],
)
def test_what_a_file_holds_is_said(text: str, contents: str) -> None:
    assert [made.content for made in parse_line(text.split()).makes] == contents.split()
