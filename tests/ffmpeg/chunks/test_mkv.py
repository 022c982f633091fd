from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import CannotCut, Film
from batchff.ffmpeg.chunks.mkv import MkvFilm
from tests.ffmpeg.chunks.pictures_of import (
    chunk_pictures,
    make,
    mutations,
    open_bytes,
    packets_of,
    spliced,
    whole_pictures,
)

_PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=6")
_SOUND = ("-f", "lavfi", "-i", "sine=duration=6")
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
_OPEN = (*_X264, "-x264-params", "open-gop=1:keyint=25:bframes=3:b-pyramid=normal")
_SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\none\n\n2\n00:00:04,000 --> 00:00:05,000\ntwo\n"
_CHAPTERS = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=6\ntitle=All\n"

_SOURCES = {
    "open.mkv": (*_PICTURES, *_SOUND, *_OPEN, "-c:a", "aac"),
    "many.mkv": (
        *(*_PICTURES, *_SOUND, *_SOUND, "-i", "words.srt", "-i", "chapters.txt"),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_chapters", "4"),
        *(*_OPEN, "-c:a:0", "ac3", "-c:a:1", "libmp3lame", "-c:s", "srt"),
        *("-metadata:s:a:1", "language=ger", "-disposition:a:1", "forced"),
        *("-attach", "words.srt", "-metadata:s:t", "mimetype=text/plain"),
    ),
    "groups.mkv": (
        *_PICTURES,
        *_SOUND,
        *_X264,
        "-g",
        "20",
        "-c:a",
        "aac",
        "-cluster_time_limit",
        "300",
    ),
    "vfr.mkv": (
        *(*_PICTURES, *_SOUND, "-vf", r"select=not(between(n\,40\,70))*not(eq(mod(n\,7)\,3))"),
        *("-fps_mode", "vfr", *_X264, "-g", "20", "-c:a", "libopus"),
    ),
    "live.webm": (
        *(*_PICTURES, *_SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
        *("-g", "30", "-c:a", "libopus", "-f", "webm", "-live", "1"),
    ),
}


@dataclass(frozen=True)
class _Source:
    path: Path
    content: bytes

    def film(self) -> MkvFilm:
        film = open_bytes(self.content)
        assert isinstance(film, MkvFilm)
        return film


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, _Source]:
    folder = tmp_path_factory.mktemp("mkv")
    for name, text in (("words.srt", _SUBTITLES), ("chapters.txt", _CHAPTERS)):
        (folder / name).write_text(text)
    made = {}
    for name, words in _SOURCES.items():
        words = tuple(
            str(folder / word) if word in ("words.srt", "chapters.txt") else word for word in words
        )
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
    film = source.film()
    rest = tmp_path / "rest.mkv"
    splice = film.rest()
    rest.write_bytes(spliced(splice, source.content))
    for streams in ("0:a", "0:s?", "0:t?"):
        if streams[:3] == "0:a" or source.path.name == "many.mkv":
            whole = packets_of(ffmpeg, source.path, streams)
            assert packets_of(ffmpeg, rest, streams) == whole
            assert whole or streams == "0:t?"
    whole_film = packets_of(ffmpeg, source.path, "0:v")
    assert packets_of(ffmpeg, rest, "0:v") == whole_film[: splice.packets]
    assert 0 < splice.packets < len(whole_film)
    for element in (b"\x10\x43\xa7\x70", b"\x19\x41\xa4\x69"):
        assert (element in rest.read_bytes()) == (source.path.name == "many.mkv")


def test_keys_are_those_that_ffmpeg_reads(source: _Source, ffmpeg: Path) -> None:
    packets = packets_of(ffmpeg, source.path, "0:v")
    film = source.film()
    keys = [line for line in packets if "F=0x0" not in line.split(",", 6)[-1]]
    times = [int(line.split(",")[2]) for line in keys]
    assert [key.time * 1000 for key in film.keys] == times
    assert film.packets == len(packets)


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
        chunk = open_bytes(spliced(splice, source.content))
        assert isinstance(chunk, MkvFilm)
        times = chunk.clusters.film.shown
        assert len(times) == splice.packets
        end = None if splice.ends is None else splice.ends * 1000
        shown += [time for time in times if end is None or time < end]
    assert sorted(shown) == sorted(film.clusters.film.shown)


@settings(max_examples=300)
@given(
    name=st.sampled_from(["many.mkv", "live.webm"]),
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
        film = open_bytes(spoilt)
        assert_is_whole(film, spoilt)
    except CannotCut:
        return


def assert_is_whole(film: Film, content: bytes) -> None:
    """Each chunk, and the rest, can be made of what's there."""
    indexes = range(len(film.keys))
    total = 0
    for first, after in zip(indexes, [*indexes[1:], None], strict=True):
        splice = film.chunk(first, after)
        assert len(spliced(splice, content)) == splice.size
        total += splice.packets
    assert film.packets is not None
    assert total >= film.packets
    rest = film.rest()
    assert len(spliced(rest, content)) == rest.size


@pytest.mark.parametrize("at", [0, 1, 4, 40, 100])
def test_a_file_cut_off_is_refused(sources: dict[str, _Source], at: int) -> None:
    content = sources["open.mkv"].content
    with pytest.raises(CannotCut):
        open_bytes(content[: len(content) * at // 101])


def test_a_picture_that_is_right_only_later_is_no_key(tmp_path: Path) -> None:
    path = make(
        tmp_path / "refresh.mkv", *_PICTURES, *_X264, "-x264-params", "intra-refresh=1:keyint=25"
    )
    assert len(open_bytes(path.read_bytes()).keys) == 1


def test_of_several_films_one_is_named(sources: dict[str, _Source], tmp_path: Path) -> None:
    source = str(sources["open.mkv"].path)
    path = make(
        tmp_path / "two.mkv", "-i", source, "-i", source, *("-map", "0", "-map", "1", "-c", "copy")
    )
    content = path.read_bytes()
    with pytest.raises(CannotCut, match="several films"):
        open_bytes(content, number=None)
    with pytest.raises(CannotCut, match="isn't the track"):
        open_bytes(content, number=1)
    assert len(open_bytes(content, number=2).keys) == len(sources["open.mkv"].film().keys)


def test_times_of_decoding_only_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "old.mkv", *_PICTURES, "-c:v", "mpeg4", "-bf", "2", "-f", "avi")
    assert path.read_bytes()[:4] == b"RIFF"
    again = make(tmp_path / "new.mkv", "-fflags", "+genpts", "-i", str(path), "-c", "copy")
    content = again.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_MS/VFW/FOURCC")
    with pytest.raises(CannotCut, match="times of decoding"):
        open_bytes(content)


def test_the_rest_is_as_long_as_what_it_has(tmp_path: Path) -> None:
    short = ("-f", "lavfi", "-i", "sine=duration=2")
    path = make(tmp_path / "short.mkv", *_PICTURES, *short, *_X264, "-g", "20", "-c:a", "aac")
    content = path.read_bytes()
    rest = spliced(open_bytes(content).rest(), content)
    place = rest.index(b"\x44\x89")
    duration: float = struct.unpack(">d", rest[place + 10 : place + 18])[0]
    assert 1900 < duration < 2100
