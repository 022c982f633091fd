from __future__ import annotations

import pytest

from batchff.ffmpeg.playlists import playlist_kind, tag_size

PLAYLIST = "a playlist that names other files"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"#EXTM3U\n#EXTINF:1,\na.ts\n", PLAYLIST),
        (b"\xef\xbb\xbf#EXTM3U\r\n", PLAYLIST),
        (b" \r\n\t#EXTM3U\n", PLAYLIST),
        (b"ffconcat version 1.0\nfile a.ts\n", "a script that names other files"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="">', PLAYLIST),
        (b'<?xml version="1.0"?>\n<CompositionPlaylist xmlns="">', PLAYLIST),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a description of streams on a network"),
        (b"# VobSub index file, v7\n", "an index of subtitles in another file"),
        (b";FFMETADATA1\ntitle=a\n", "a list of tags without media"),
        (b"", None),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", None),
        (b"WEBVTT\n\n", None),
        (b"<svg/>", None),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41<MPD #EXTM3U", None),
        (b"\x1aE\xdf\xa3#EXTM3U", None),
        (b"RIFF\0\0\0\0AVI LIST", None),
    ],
)
def test_a_file_is_told_by_how_it_begins(head: bytes, kind: str | None) -> None:
    assert playlist_kind(head) == kind


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"ID3\4\0\0\0\0\0\x19", 35),
        (b"ID3\4\0\0\0\0\1\0", 138),
        (b"ID3\4\0\x10\0\0\0\x19", 45),
        (b"ID3\4\0\0\0\0\0\xff", 0),
        (b"ID3\4\0", 0),
        (b"\xff\xfb\x90\0\0\0\0\0\0\0\0", 0),
    ],
)
def test_an_id3_tag_has_the_size_that_it_says(head: bytes, size: int) -> None:
    assert tag_size(head) == size
