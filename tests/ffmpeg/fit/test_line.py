"""What lines of ffmpeg's own get chosen where they leave it open."""

from __future__ import annotations

import pytest

from batchff.ffmpeg.fit import Fitted, LineMaker
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.model.inspection import Inspection, StreamKind
from batchff.model.recipes import Promise, PromisedStream
from tests.model.inspections import MOV, cover, mono, sound, source, subtitles, video

FILM = source(
    cover(),
    video(),
    sound("comment", "default", channels=6),
    sound(language="eng"),
    subtitles(),
    subtitles("forced"),
)


def fit(line: str, inspection: Inspection, suffix: str = ".mkv", language: str = "") -> Fitted:
    return LineMaker(*line_recipe(line.split(), suffix)).fit(inspection, language)


def words(fitted: Fitted) -> str:
    assert fitted.recipe
    return " ".join(fitted.recipe.runs[0].arguments)


@pytest.mark.parametrize(
    ("line", "suffix", "maps"),
    [
        ("-c:v libx264", ".mkv", "-map 0:1 -map 0:3 -map 0:4"),
        ("-c:v libx264 -sn", ".mkv", "-map 0:1 -map 0:3"),
        ("-c:v libx264 -an", ".mp4", "-map 0:1"),
        ("-vn -c:a aac", ".m4a", "-map 0:3"),
        ("-c:a libmp3lame", ".mp3", "-map 0:0 -map 0:3"),
        ("-c:a pcm_s16le", ".wav", "-map 0:3"),
        ("-frames:v 1", ".jpg", "-map 0:1"),
        ("-i {input} -c:v libx264 -b:v 1M", ".mp4", "-map 0:1 -map 0:3"),
    ],
)
def test_streams_are_chosen_where_the_line_is_silent(line: str, suffix: str, maps: str) -> None:
    said = words(fit(line, FILM, suffix))

    assert said.endswith(f"{maps} output{suffix}")


@pytest.mark.parametrize(
    "line",
    [
        "-map 0 -c copy",
        "-map 0:v -map 0:a:0 -c:v libx264",
        "-filter_complex [0:v]scale=64:48[v] -map [v]",
    ],
)
def test_a_line_that_chooses_stays_as_it_is(line: str) -> None:
    maker = LineMaker(*line_recipe(line.split(), ".mkv"))

    assert maker.fit(FILM).recipe == maker.recipe


def test_each_of_several_outputs_is_chosen_for() -> None:
    said = words(fit("-c:v libx264 -an a.mp4 -map 0:a b.mp3 -vn c.wav", FILM))

    assert said.split("{input} ")[1] == (
        "-c:v libx264 -an -map 0:1 a.mp4 -map 0:a b.mp3 -vn -map 0:3 c.wav"
    )


def test_an_options_value_isnt_an_outputs_name() -> None:
    said = words(fit("-metadata title=a.mp4 -metadata a.mp4 a.mp4", source(video())))

    assert said.endswith("-metadata title=a.mp4 -metadata a.mp4 -map 0:0 a.mp4")


@pytest.mark.parametrize(
    ("line", "suffix", "inspection", "refused"),
    [
        ("-c:a libmp3lame", ".mp3", source(video()), "no audio in it"),
        ("-vn", ".mkv", source(video()), "no audio in it"),
        ("-an -c:v libx264", ".mkv", source(sound()), "no video in it"),
        ("-frames:v 1", ".png", source(sound(), cover()), "no video in it, only a cover"),
        ("-c:v libx264", ".mkv", source(subtitles()), "neither video nor audio in it"),
        (
            "-c:v libx264",
            ".mp4",
            source(video(codec="mjpeg"), container="jpeg_pipe"),
            "it's a picture, not a film",
        ),
    ],
)
def test_what_nothing_can_be_made_of_is_refused(
    line: str, suffix: str, inspection: Inspection, refused: str
) -> None:
    if refused.startswith("neither"):
        inspection = source()
    assert fit(line, inspection, suffix).refused == refused


@pytest.mark.parametrize(
    "line", ["-loop 1 -i {input} -t 5 -c:v libx264 film.mp4", "-vf scale=64:48 small.png"]
)
def test_pictures_are_taken_where_they_are_meant(line: str) -> None:
    picture = source(video(codec="png"), container="png_pipe")

    assert not fit(line, picture).refused


def test_a_recorders_channels_become_left_and_right() -> None:
    recording = source(video(), mono(), mono(), container="mxf")

    said = words(fit("-c:v libx264 -c:a aac", recording))
    join = "-filter_complex [0:1][0:2]join=inputs=2:channel_layout=stereo[left_right]"
    assert f"{join} -map [left_right] output.mkv" in said
    # A filter or a copy of the line's own can't be joined to that.
    assert "join" not in words(fit("-c:a copy", recording))
    assert "join" not in words(fit("-af volume=2", recording))


def test_what_is_made_is_promised_as_far_as_the_line_keeps_it() -> None:
    kept = fit("-c:v libx264 -c:a copy", source(video(), sound()))
    assert kept.recipe
    assert kept.recipe.outputs[0].promise == Promise(
        duration=True,
        frames=True,
        off_by=0.05,
        compare=("pictures", "levels"),
        streams=(
            PromisedStream(StreamKind.VIDEO, 0),
            PromisedStream(StreamKind.AUDIO, 1, is_copy=True),
        ),
    )
    uneven = fit("-c:v mpeg4", source(video()), ".avi")
    assert uneven.recipe
    assert uneven.recipe.outputs[0].promise.off_by == 0.15
    cut = fit("-t 2 -c copy", source(video(), sound()))
    assert cut.recipe
    assert not cut.recipe.outputs[0].promise.duration
    assert not cut.recipe.outputs[0].promise.frames
    several = fit("-hls_time 2 -hls_list_size 0", source(video(), sound()), ".m3u8")
    assert several.recipe
    assert several.recipe.outputs[0].promise.streams is None


@pytest.mark.parametrize(
    ("line", "suffix", "is_set"),
    [
        ("-c:v libx264", ".mp4", True),
        ("-map 0 -c:v libx264", ".mov", True),
        ("-c:v libx264 -map_chapters -1", ".mp4", False),
        ("-c:v libx264 -movie_timescale 600", ".mp4", False),
        ("-c:v libx264", ".mkv", False),
    ],
)
def test_chapters_in_an_mp4_have_a_clock_that_their_lengths_fit(
    line: str, suffix: str, is_set: bool
) -> None:
    film = source(video(), sound(), chapters=2)
    assert ("-movie_timescale 90000" in words(fit(line, film, suffix))) is is_set


def test_what_is_left_out_is_named() -> None:
    film = source(video(), sound(), sound(), subtitles(codec="hdmv_pgs_subtitle"), chapters=2)

    assert fit("-c:v libx264", film, ".avi").losses == (
        "1 audio stream left out (stereo)",
        "1 subtitle stream left out (eng PGS)",
        "2 chapters left out",
    )
    assert fit("-vn", film, ".mp3").losses == ("1 audio stream left out (stereo)",)
    assert fit("-c:v libx264", source(sound()), ".mkv").losses == ("no video in it",)


def test_hdr_in_8_bits_is_told() -> None:
    film = source(video(transfer="smpte2084"))

    told = "HDR in 8 bits: players show it grey; tone-map it, or leave out -pix_fmt"
    assert told in fit("-c:v libx264 -pix_fmt yuv420p", film).losses
    assert told not in fit("-c:v libx265 -pix_fmt yuv420p10le", film).losses
    assert told not in fit("-vf zscale=t=bt709,tonemap -pix_fmt yuv420p", film).losses


def test_tags_are_kept_that_ffmpeg_would_lose() -> None:
    phone = source(video(), container=MOV, tags=("com.apple.quicktime.make",))
    assert "-movflags +use_metadata_tags" in words(fit("-c:v libx264", phone, ".mp4"))
    assert "use_metadata_tags" not in words(fit("-c:v libx264", phone, ".mkv"))

    song = source(sound(codec="vorbis"), container="ogg")
    assert "-map_metadata 0 -map_metadata 0:s:0" in words(fit("-c:a libmp3lame", song, ".mp3"))
    assert "-map_metadata" not in words(fit("-c:a libopus", song, ".ogg"))
    own = words(fit("-map_metadata -1 -c:a libmp3lame", song, ".mp3"))
    assert own.count("-map_metadata") == 1
