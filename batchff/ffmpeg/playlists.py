"""Find files that name other files by how they begin, whatever they are called."""

from __future__ import annotations

HEAD_SIZE = 1024
"""How many of its first bytes say what a file is."""

LARGEST_PLAYLIST = 4 * 1024 * 1024
"""Larger files aren't looked into: playlists are hardly ever so large."""

_PLAYLIST = "a playlist that names other files"
_SCRIPT = "a script that names other files"
_STARTS = {
    b"#EXTM3U": _PLAYLIST,
    b"ffconcat version": _SCRIPT,
    b"v=0": "a description of streams on a network",
    b"# VobSub index": "an index of subtitles in another file",
    b";FFMETADATA": "a list of tags without media",
}
_ELEMENTS = {b"<MPD": _PLAYLIST, b"<CompositionPlaylist": _PLAYLIST}


def playlist_kind(head: bytes) -> str | None:
    """Name what a file is that names others, or has no media of its own; None for any other file.

    `head` is what the file begins with, or what follows its ID3 tag.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind in _STARTS.items():
        if text.startswith(start):
            return kind
    if text.startswith(b"<"):
        return next((kind for element, kind in _ELEMENTS.items() if element in text), None)
    return None


def tag_size(head: bytes) -> int:
    """Return how long the ID3 tag is that a file begins with; 0 where there is none.

    ffmpeg passes over it before it looks for what the file is.
    """
    if len(head) < 10 or not head.startswith(b"ID3") or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    footer = 10 if head[5] & 0x10 else 0
    return 10 + size + footer
