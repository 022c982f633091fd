"""What is downloaded is what the source was: sources that people complained of, and what is right.

The sources have a flash and a beep at 1.0 s and 3.0 s, unless said (tests/media_sources.py).
"""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from tests.commands import Batchff, Ran
from tests.media_sources import MediaSource

WITH_SOUND = (
    "base.mp4",
    "vfr.mp4",
    "poster-first.mp4",
    "subtitles.mkv",
    "chapters.mkv",
    "late-audio.mp4",
    "late-audio.mkv",
    "late-video.mkv",
    "empty-audio.mkv",
    "timecode.mov",
    "wrap.ts",
    "film.avi",
    "live.webm",
    "phone.mov",
    "short-audio.mkv",
    "long-subtitles.mkv",
)
SILENT = ("rotated.mp4", "hdr10.mkv", "hlg.mov", "rgb.mov", "anamorphic.mpg", "interlaced.mpg")
OTHERS = ("tracks.mkv", "dual-mono.mxf", "edit-list.mp4", "prores.mov")
SONGS = ("cover.flac", "cover.m4a", "tags.ogg", "7.1.flac", "joined.mp3")
BAD = {
    "cut.mp4": "s: the file is cut off",
    "cut.mkv": "s: the file is cut off",
    "cut.wav": "2.0 of 4.0 s: the file is cut off",
    "cut.flac": "s: the file is cut off",
    "no-index.mp4": "no moov atom",
    "text.mp3": "it's a text, not media",
    "picture.mp4": "it's a picture, not a film",
}


@dataclass(frozen=True)
class Made:
    """An output, as ffmpeg's libraries read it."""

    path: Path

    def open(self) -> av.container.InputContainer:
        return av.open(str(self.path))

    @property
    def seconds(self) -> float:
        with self.open() as file:
            return (file.duration or 0) / 1e6

    @property
    def pictures(self) -> int:
        with self.open() as file:
            return sum(packet.size > 0 for packet in file.demux(video=0))

    @property
    def size(self) -> tuple[int, int]:
        with self.open() as file:
            stream = file.streams.video[0]
            return stream.width, stream.height

    @property
    def kinds(self) -> str:
        with self.open() as file:
            return " ".join(stream.type for stream in file.streams)

    @property
    def layouts(self) -> list[str]:
        with self.open() as file:
            return [stream.layout.name for stream in file.streams.audio]

    @property
    def languages(self) -> list[str]:
        with self.open() as file:
            return [stream.metadata.get("language", "") for stream in file.streams]

    @property
    def tags(self) -> dict[str, str]:
        with self.open() as file:
            return {name.lower(): value for name, value in file.metadata.items()}

    @property
    def chapters(self) -> list[str]:
        with self.open() as file:
            return [chapter["metadata"]["title"] for chapter in file.chapters()]

    def flashes(self) -> list[float]:
        """Return when white pictures begin."""
        bright: list[tuple[float, bool]] = []
        with self.open() as file:
            for frame in file.decode(video=0):
                plane = bytes(frame.reformat(format="gray").planes[0])
                bright.append((frame.time or 0.0, sum(plane) > 128 * len(plane)))
        return list(_begins(bright))

    def beeps(self) -> list[float]:
        """Return when beeps begin, by the sound's own clock."""
        loud: list[tuple[float, bool]] = []
        to_mono = av.AudioResampler(format="s16", layout="mono", rate=48000)
        with self.open() as file:
            for frame in file.decode(audio=0):
                for part in to_mono.resample(frame):
                    samples = array("h", bytes(part.planes[0])[: 2 * part.samples])
                    for at in range(0, part.samples, 48):
                        peak = max(map(abs, samples[at : at + 48]))
                        loud.append(((part.time or 0.0) + at / 48000, peak > 1600))
        return list(_begins(loud, 0.1))


def _begins(marked: Iterable[tuple[float, bool]], gap: float = 0.0) -> Iterable[float]:
    last = -10.0
    was = False
    for time, on in marked:
        if on and not was and time - last > gap:
            yield time
        if on:
            last = time
        was = on


def close_to(times: Sequence[float]) -> object:
    return pytest.approx(times, abs=0.05)


def submit(
    batchff: Batchff, media_source: MediaSource, names: Iterable[str], *words: str
) -> tuple[Ran, dict[str, Made]]:
    """Submit sources; return the command, and the outputs by the names of their sources."""
    Path("films").mkdir()
    for name in names:
        shutil.copy(media_source(name), Path("films", name))
    own = words.index("--") if "--" in words else len(words)
    done = batchff(
        "--json", "submit", "films", "--out", "made", "--keep-suffix", *words[:own], *words[own:]
    )
    made = {path.name.rpartition(".")[0]: Made(path) for path in Path("made").iterdir()}
    return done, made


def said(done: Ran, name: str) -> dict[str, object]:
    """Return what was said of a source: what was chosen, and what is lost."""
    events = [each for each in done.events if each["event"] == "file.fitted"]
    return next((each for each in events if each["file"] == name), {})


def test_films_come_out_right(batchff: Batchff, media_source: MediaSource) -> None:
    good = (*WITH_SOUND, *SILENT, *OTHERS)
    done, made = submit(batchff, media_source, (*good, *BAD), "--preset", "h264")

    assert done.code == 3
    reasons = {each["file"]: each["reason"] for each in done.result["not_encoded"]}
    assert reasons.keys() == BAD.keys()
    assert [name for name, words in BAD.items() if words not in reasons[name]] == []
    failures = {each["file"]: each["reason"] for each in done.result["failures"]}
    assert failures == {}
    assert made.keys() == set(good)

    for name in WITH_SOUND:
        late = 1.0 if name == "late-video.mkv" else 0.0
        assert made[name].flashes() == close_to([1.0 + late, 3.0 + late]), name
        beeps = [1.0] if name == "short-audio.mkv" else [1.0, 3.0]
        assert made[name].beeps() == close_to(beeps), name
    frames = {name: made[name].pictures for name in WITH_SOUND}
    assert frames == dict.fromkeys(WITH_SOUND, 100) | {"vfr.mp4": 120}

    assert made["poster-first.mp4"].size == (96, 64)
    assert made["rotated.mp4"].size == (64, 96)
    assert made["tracks.mkv"].languages[:3] == ["und", "eng", "fre"]
    assert made["tracks.mkv"].layouts[0] == "stereo"
    assert said(done, "tracks.mkv")["choices"] == ["sound: stream 2 eng stereo, one of 3"]
    assert made["dual-mono.mxf"].layouts == ["stereo"]
    assert made["subtitles.mkv"].kinds == "video audio subtitle subtitle"
    assert made["subtitles.mkv"].languages[2:] == ["eng", "fre"]
    assert made["chapters.mkv"].chapters == ["One", "Two"]
    assert made["phone.mov"].tags["com.apple.quicktime.make"] == "Make"
    assert made["edit-list.mp4"].seconds == pytest.approx(2.5, abs=0.1)
    for name in ("hdr10.mkv", "hlg.mov", "rgb.mov"):
        with made[name].open() as file:
            assert file.streams.video[0].codec_context.color_trc == 1, name  # BT.709
    assert said(done, "hdr10.mkv")["lacks"] == ["HDR (PQ) becomes SDR"]
    assert said(done, "prores.mov")["lacks"] == ["transparency left out: it becomes black"]
    with made["interlaced.mpg"].open() as file:
        assert not any(frame.interlaced_frame for frame in file.decode(video=0))


def test_sounds_come_out_right(batchff: Batchff, media_source: MediaSource) -> None:
    good = (*WITH_SOUND, *SONGS, "tracks.mkv", "dual-mono.mxf")
    silent = ("interlaced.mpg", "hdr10.mkv")
    bad = [name for name in BAD if name != "picture.mp4"]
    done, made = submit(batchff, media_source, (*good, *silent, *bad), "--preset", "mp3")

    assert done.code == 3
    reasons = {each["file"]: each["reason"] for each in done.result["not_encoded"]}
    assert reasons == {name: reasons[name] for name in bad} | dict.fromkeys(
        silent, "no audio in it"
    )
    assert done.result["failures"] == []
    assert made.keys() == set(good)
    for name in WITH_SOUND:
        beeps = [1.0] if name == "short-audio.mkv" else [1.0, 3.0]
        assert made[name].beeps() == close_to(beeps), name
        length = 2.0 if name == "short-audio.mkv" else 4.0
        assert made[name].seconds == pytest.approx(length, abs=0.1), name
    for name in ("cover.flac", "cover.m4a"):
        assert made[name].kinds == "audio video", name
    for name in ("cover.flac", "cover.m4a", "tags.ogg"):
        assert (made[name].tags["title"], made[name].tags["artist"]) == ("Song", "Band"), name
    assert made["joined.mp3"].seconds == pytest.approx(5.0, abs=0.15)
    assert made["dual-mono.mxf"].layouts == ["stereo"]
    assert made["tracks.mkv"].layouts == ["stereo"]
    lost = ["2 audio streams left out (fre 5.1(side), mono)"]
    assert said(done, "tracks.mkv")["lacks"] == lost
    assert made["chapters.mkv"].chapters == ["One", "Two"]


def test_a_line_of_ones_own_comes_out_right(batchff: Batchff, media_source: MediaSource) -> None:
    good = (*WITH_SOUND, "tracks.mkv", "dual-mono.mxf", "hdr10.mkv")
    line = ("--suffix", ".mkv", "--", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
    done, made = submit(batchff, media_source, (*good, *BAD), *line)

    assert done.code == 3
    reasons = {each["file"]: each["reason"] for each in done.result["not_encoded"]}
    assert reasons.keys() == BAD.keys()
    assert done.result["failures"] == []
    for name in WITH_SOUND:
        late = 1.0 if name == "late-video.mkv" else 0.0
        assert made[name].flashes() == close_to([1.0 + late, 3.0 + late]), name
    assert made["poster-first.mp4"].size == (96, 64)
    assert made["tracks.mkv"].layouts == ["stereo"]
    assert made["dual-mono.mxf"].layouts == ["stereo"]


def test_a_language_is_heard_that_is_asked_for(batchff: Batchff, media_source: MediaSource) -> None:
    done, made = submit(
        batchff, media_source, ["tracks.mkv", "base.mp4"], "--preset", "mp3", "--audio", "fr"
    )

    assert done.code == 0
    assert said(done, "tracks.mkv")["choices"] == ["sound: stream 1 fre 5.1(side), one of 3"]
    assert not said(done, "base.mp4")


def test_what_is_left_of_a_broken_source_is_kept_where_that_is_asked_for(
    batchff: Batchff, media_source: MediaSource
) -> None:
    refused, _ = submit(batchff, media_source, ["cut.mp4", "base.mp4"], "--preset", "mp3")
    assert refused.code == 3
    notices = [each["message"] for each in refused.events if each["event"] == "notice"]
    assert any("add --salvage" in message for message in notices)

    words = ("--json", "submit", "films", "--out", "saved", "--preset", "mp3", "--salvage")
    done = batchff(*words)

    assert done.code == 0, done.err
    (told,) = done.result["told"]
    assert (told["file"], told["is_salvaged"]) == ("cut.mp4", True)
    assert "of 4.0 s: the source is cut off" in told["words"][0]
    assert 0.5 < Made(Path("saved/cut.mp3")).seconds < 3
    assert Made(Path("saved/base.mp3")).seconds == pytest.approx(4.0, abs=0.1)

    # Whoever watches later hears it too.
    watched = batchff("watch", done.result["job"])
    assert "salvaged: cut.mp4: " in watched.err
    assert "1 of them salvaged" in watched.out


def test_what_a_node_has_to_tell_of_a_good_output_is_told(
    batchff: Batchff, media_source: MediaSource
) -> None:
    done, made = submit(batchff, media_source, ["mid-gop.ts"], "--preset", "h264")

    assert done.code == 0
    (told,) = done.result["told"]
    assert (told["file"], told["is_salvaged"]) == ("mid-gop.ts", False)
    assert made["mid-gop.ts"].pictures > 50
