"""Checks HLS playlists by what RFC 8216 says players may rely on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rendition:
    """A media playlist: how long its segments are, their files, and the file that begins them."""

    file: Path
    seconds: tuple[float, ...]
    segments: tuple[Path, ...]
    beginning: Path


@dataclass(frozen=True)
class Variant:
    """A size of the master playlist."""

    bandwidth: int
    width: int
    height: int
    codecs: str
    audio: str
    rendition: Rendition


def attributes(line: str) -> dict[str, str]:
    found = re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2])
    return {key: value.strip('"') for key, value in found}


def read_master(file: Path) -> tuple[list[Variant], dict[str, Rendition]]:
    """Return the master's variants, and its sounds by group; fail for what isn't allowed."""
    lines = [line for line in file.read_text().splitlines() if line]
    assert lines[0] == "#EXTM3U"
    variants: list[Variant] = []
    sounds: dict[str, Rendition] = {}
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        values = attributes(line)
        if line.startswith("#EXT-X-MEDIA:"):
            assert values["TYPE"] == "AUDIO"
            assert values["NAME"]
            sounds[values["GROUP-ID"]] = read_media(file.parent / values["URI"])
        elif line.startswith("#EXT-X-STREAM-INF:"):
            width, height = map(int, values["RESOLUTION"].split("x"))
            rendition = read_media(file.parent / following)
            assert "#EXT-X-INDEPENDENT-SEGMENTS\n" in rendition.file.read_text()
            bandwidth = int(values["BANDWIDTH"])
            audio = values.get("AUDIO", "")
            variants.append(Variant(bandwidth, width, height, values["CODECS"], audio, rendition))
    assert all(variant.audio in sounds for variant in variants if variant.audio)
    return variants, sounds


def read_media(file: Path) -> Rendition:
    lines = file.read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    text = "\n".join(lines)
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in lines
    assert int(re.findall(r"^#EXT-X-VERSION:(\d+)$", text, re.MULTILINE)[0]) >= 6
    target = int(re.findall(r"^#EXT-X-TARGETDURATION:(\d+)$", text, re.MULTILINE)[0])
    seconds = tuple(map(float, re.findall(r"^#EXTINF:([\d.]+),", text, re.MULTILINE)))
    assert all(round(each) <= target for each in seconds)
    segments = tuple(file.parent / line for line in lines if line and not line.startswith("#"))
    assert len(segments) == len(seconds)
    (beginning,) = re.findall(r'^#EXT-X-MAP:URI="(.+)"$', text, re.MULTILINE)
    files = (file.parent / beginning, *segments)
    assert all(each.stat().st_size for each in files)
    # Nothing lies beside that no line names.
    assert {each for each in file.parent.iterdir()} == {file, *files}
    return Rendition(file, seconds, segments, file.parent / beginning)
