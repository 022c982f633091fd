from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.mpegts import TsFilm
from tests.ffmpeg.chunks.pictures_of import (
    chunk_pictures,
    make,
    mutations,
    open_bytes,
    packets_of,
    spliced,
    whole_pictures,
)
from tests.ffmpeg.chunks.test_mkv import assert_is_whole

_PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=6")
_SOUND = ("-f", "lavfi", "-i", "sine=duration=6")
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
_OPEN = "open-gop=1:keyint=25:bframes=3:b-pyramid=normal:repeat-headers=1"

_SOURCES = {
    "open.ts": (*_PICTURES, *_SOUND, *_X264, "-x264-params", _OPEN, "-c:a", "aac"),
    "closed.ts": (*_PICTURES, *_SOUND, *_X264, "-g", "25", "-c:a", "mp2"),
    "closed.m2ts": (*_PICTURES, *_SOUND, *_X264, "-g", "25", "-c:a", "ac3"),
    "interlaced.ts": (
        *(*_PICTURES, *_SOUND, "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-bf", "2"),
        *("-g", "12", "-c:a", "mp2"),
    ),
    "hevc.ts": (
        *(*_PICTURES, *_SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-c:a", "aac"),
        *("-x265-params", "log-level=none:open-gop=1:keyint=25:bframes=3"),
    ),
}


@dataclass(frozen=True)
class _Source:
    path: Path
    content: bytes

    def film(self) -> TsFilm:
        film = open_bytes(self.content)
        assert isinstance(film, TsFilm)
        return film


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, _Source]:
    folder = tmp_path_factory.mktemp("ts")
    made = {}
    for name, words in _SOURCES.items():
        path = make(folder / name, *words)
        made[name] = _Source(path, path.read_bytes())
    return made


@pytest.fixture(params=_SOURCES)
def source(request: pytest.FixtureRequest, sources: dict[str, _Source]) -> _Source:
    return sources[request.param]


def test_chunks_have_the_pictures_of_the_whole_at_their_times(
    source: _Source, ffmpeg: Path, tmp_path: Path
) -> None:
    film = source.film()
    cuts = range(len(film.keys))
    assert len(cuts) >= 4
    whole = whole_pictures(ffmpeg, source.path)
    assert chunk_pictures(ffmpeg, tmp_path, film, cuts, source.content) == whole


def test_the_rest_has_all_but_the_film(source: _Source, ffmpeg: Path, tmp_path: Path) -> None:
    splice = source.film().rest()
    rest = tmp_path / "rest.ts"
    rest.write_bytes(spliced(splice, source.content))
    assert packets_of(ffmpeg, rest, "0:a") == packets_of(ffmpeg, source.path, "0:a")
    whole = packets_of(ffmpeg, source.path, "0:v")
    kept = packets_of(ffmpeg, rest, "0:v")
    assert [_times(line) for line in kept] == [_times(line) for line in whole[: splice.packets]]
    assert 0 < splice.packets < len(whole)


def _times(packet: str) -> list[str]:
    """Return a packet's times: its last byte can be that of the next start code, if there's one."""
    return packet.split(",")[:3]


def _with_subtitles(source: Path, folder: Path) -> bytes:
    """Return a transport stream with DVB subtitles, whose times ffmpeg compares with the clock."""
    words = folder / "words.sup"
    words.write_bytes(
        b"".join(
            b"PG" + struct.pack(">IIBH", int(time * 90_000), 0, kind, len(content)) + content
            for time in (0.5, 1.5, 3.2, 4.1, 5.5)
            for kind, content in ((0x16, bytes(11)), (0x80, b""))
        )
    )
    inputs = ("-i", str(source), "-f", "sup", "-i", str(words))
    maps = ("-map", "0", "-map", "1", "-c", "copy", "-muxdelay", "12")
    content = bytearray(make(folder / "words.ts", *inputs, *maps).read_bytes())
    film = open_bytes(bytes(content), used=(0, 1, 2))
    assert isinstance(film, TsFilm)
    subtitles = film.program.streams[2]
    entry = b"\x06" + subtitles.entry[1:3] + b"\xf0\x0a\x59\x08deu\x10\x00\x01\x00\x01"
    streams = [*film.program.streams[:2], replace(subtitles, entry=entry)]
    program = replace(film.program, streams=streams)
    table = program.tables_for(program.streams[0])[188:]
    for at in range(0, len(content), 188):
        if int.from_bytes(content[at + 1 : at + 3], "big") & 0x1FFF == program.pid:
            count = content[at + 3]
            content[at : at + 188] = table
            content[at + 3] = count
    return bytes(content)


def test_the_rest_keeps_the_clock_that_subtitles_need(
    sources: dict[str, _Source], ffmpeg: Path, tmp_path: Path
) -> None:
    content = _with_subtitles(sources["closed.ts"].path, tmp_path)
    whole, rest = tmp_path / "whole.ts", tmp_path / "rest.ts"
    whole.write_bytes(content)
    rest.write_bytes(spliced(open_bytes(content, used=(0, 1, 2)).rest(), content))
    packets = packets_of(ffmpeg, whole, "0:s")
    assert len(packets) == 10
    assert packets_of(ffmpeg, rest, "0:s") == packets


@settings(max_examples=40)
@given(data=st.data())
def test_each_picture_is_in_just_one_chunk(
    sources: dict[str, _Source], data: st.DataObject
) -> None:
    source = sources[data.draw(st.sampled_from(sorted(_SOURCES)))]
    film = source.film()
    some = data.draw(st.sets(st.integers(1, len(film.keys) - 1)))
    cuts = [0, *sorted(some)]
    shown: list[int] = []
    for first, after in zip(cuts, [*cuts[1:], None], strict=True):
        splice = film.chunk(first, after)
        content = spliced(splice, source.content)
        times = _times_of_film(content, film)
        assert len(times) == splice.packets
        end = None if splice.ends is None else splice.ends * 90_000
        shown += [time for time in times if end is None or time < end]
    assert sorted(shown) == sorted(film.pictures.shown)


def _times_of_film(content: bytes, film: TsFilm) -> list[int]:
    """Return when a chunk's pictures are shown, by its packets one by one."""
    layout, times = film.layout, []
    assert len(content) % layout.width == 0
    for at in range(layout.lead, len(content), layout.width):
        packet = content[at : at + 188]
        assert packet[0] == 0x47
        pid = int.from_bytes(packet[1:3], "big") & 0x1FFF
        if pid == film.film.pid and packet[1] & 0x40:
            payload = packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
            bits = f"{int.from_bytes(payload[9:14], 'big'):040b}"
            times.append(int(bits[4:7] + bits[8:23] + bits[24:39], 2))
    return times


@settings(max_examples=200)
@given(
    name=st.sampled_from(["open.ts", "closed.m2ts", "interlaced.ts"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    left=st.one_of(st.just(1.0), st.floats(0, 1)),
    is_early=st.booleans(),
)
def test_spoilt_files_are_cut_or_refused(
    sources: dict[str, _Source],
    name: str,
    changes: list[tuple[float, int]],
    left: float,
    is_early: bool,
) -> None:
    content = sources[name].content
    if is_early:  # where all is described
        changes = [(place * 1500 / len(content), value) for place, value in changes]
    spoilt = mutations(content)(changes, left)
    try:
        assert_is_whole(open_bytes(spoilt), spoilt)
    except CannotCut:
        return


def test_it_begins_with_the_streams_that_are_used(
    sources: dict[str, _Source], tmp_path: Path
) -> None:
    content = sources["open.ts"].content
    film, all_ = open_bytes(content, used=(0,)), open_bytes(content, used=(0, 1))
    assert all_.starts < film.starts
    assert 0 <= film.starts - film.keys[0].time < Fraction(1, 90_000)
    with pytest.raises(CannotCut, match="depends on the streams"):
        open_bytes(content, used=None)


def test_a_clock_that_begins_again_is_refused(sources: dict[str, _Source], tmp_path: Path) -> None:
    source = str(sources["open.ts"].path)
    words = ("-i", source, "-c", "copy", "-output_ts_offset", "95441", "-muxdelay", "0")
    path = make(tmp_path / "wrap.ts", *words)
    with pytest.raises(CannotCut, match="clock"):
        open_bytes(path.read_bytes())


def test_scrambled_packets_are_refused(sources: dict[str, _Source]) -> None:
    source = sources["open.ts"]
    content = bytearray(source.content)
    content[source.film().pictures.packets[3] * 188 + 3] |= 0x80
    with pytest.raises(CannotCut, match="scrambled"):
        open_bytes(bytes(content))


def test_two_programs_are_refused(sources: dict[str, _Source], tmp_path: Path) -> None:
    source = str(sources["open.ts"].path)
    path = make(
        tmp_path / "two.ts",
        *("-i", source, "-i", source, "-map", "0", "-map", "1", "-c", "copy"),
        *("-program", "st=0:st=1", "-program", "st=2:st=3"),
    )
    with pytest.raises(CannotCut, match="several programs"):
        open_bytes(path.read_bytes())


def test_streams_that_change_are_refused(sources: dict[str, _Source]) -> None:
    with pytest.raises(CannotCut):
        open_bytes(sources["interlaced.ts"].content + sources["open.ts"].content)


def test_what_begins_in_the_middle_is_cut_after_its_first_key(sources: dict[str, _Source]) -> None:
    source = sources["open.ts"]
    whole = source.film()
    cut = open_bytes(source.content[whole.pictures.packets[3] * 188 :])
    assert isinstance(cut, TsFilm)
    assert [key.time for key in cut.keys[1:]] == [key.time for key in whole.keys[2:]]
