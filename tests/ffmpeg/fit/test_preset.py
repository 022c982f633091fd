"""What presets make of sources that people complained of."""

from __future__ import annotations

import pytest

from batchff.ffmpeg.fit import Fitted, PresetMaker
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.model.inspection import Inspection, Stream, StreamKind
from batchff.model.recipes import PromisedStream
from tests.model.inspections import (
    MOV,
    cover,
    font,
    mono,
    sound,
    source,
    subtitles,
    video,
)


def maker_of(name: str, *options: str) -> PresetMaker:
    preset = find_preset(name).preset
    return PresetMaker(preset, tuple(read_settings({}, preset).items()), options)


def fit(name: str, inspection: Inspection, language: str = "") -> Fitted:
    return maker_of(name).fit(inspection, language)


def words(fitted: Fitted) -> str:
    assert fitted.recipe
    return " ".join(word for run in fitted.recipe.runs for word in run.arguments)


@pytest.mark.parametrize(
    ("preset", "inspection", "refused"),
    [
        ("mp3", source(video()), "no audio in it"),
        ("mp3", source(video(), sound(is_empty=True)), "no audio in it: its audio stream is empty"),
        ("h264", source(sound()), "no video in it"),
        ("h264", source(sound(), cover()), "no video in it, only a cover"),
        ("h264", source(video(is_empty=True)), "no video in it: its video stream is empty"),
        ("hls", source(video()), "no audio in it"),
        ("hls", source(sound()), "no video in it"),
        (
            "h264",
            source(video(codec="mjpeg"), container="jpeg_pipe"),
            "it's a picture, not a film",
        ),
    ],
)
def test_what_nothing_can_be_made_of_is_refused(
    preset: str, inspection: Inspection, refused: str
) -> None:
    assert fit(preset, inspection) == Fitted(refused=refused)


def test_a_silent_film_is_encoded_without_a_word() -> None:
    fitted = fit("h264", source(video()))

    assert not fitted.refused and not fitted.losses and not fitted.choices
    assert "-map 0:0 -map_metadata" in words(fitted)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
@pytest.mark.parametrize("preset", ["h264", "h264-web", "hevc", "vp9", "hls", "thumbnails"])
def test_hdr_is_tone_mapped_by_presets_for_usual_screens(preset: str, transfer: str) -> None:
    film = source(video(transfer=transfer, primaries="bt2020", matrix="bt2020nc", bits=10), sound())
    fitted = fit(preset, film)

    assert f"zscale=tin={transfer}:" in words(fitted)
    assert "tonemap" in words(fitted)
    assert ",[" not in words(fitted).replace(",[0", "[0")


@pytest.mark.parametrize("preset", ["hevc-hdr", "av1", "remux", "archive", "prores-proxy"])
def test_hdr_stays_where_a_preset_can_hold_it(preset: str) -> None:
    assert "tonemap" not in words(fit(preset, source(video(transfer="smpte2084"))))


def test_what_becomes_of_hdr_is_said_and_promised() -> None:
    film = source(video(transfer="smpte2084"))

    fitted = fit("h264", film)
    assert fitted.losses == ("HDR (PQ) becomes SDR",)
    assert fitted.recipe
    assert fitted.recipe.outputs[0].promise.streams == (
        PromisedStream(StreamKind.VIDEO, 0, transfer="bt709"),
    )
    kept = fit("hevc-hdr", film)
    assert kept.losses == ()
    assert kept.recipe
    assert kept.recipe.outputs[0].promise.streams == (
        PromisedStream(StreamKind.VIDEO, 0, transfer="smpte2084"),
    )


@pytest.mark.parametrize("preset", ["h264", "av1", "prores-proxy", "hevc-hdr"])
def test_rgb_is_converted_and_tagged_as_bt709(preset: str) -> None:
    said = words(fit(preset, source(video(is_rgb=True, pixel_format="rgb24"))))

    assert "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709" in said


def test_ffv1_keeps_rgb_as_it_is() -> None:
    assert "out_color_matrix" not in words(fit("archive", source(video(is_rgb=True))))


def test_subtitles_that_are_text_are_kept_and_others_named() -> None:
    film = source(
        video(),
        sound(),
        subtitles("forced", language="eng"),
        subtitles(codec="hdmv_pgs_subtitle", language="fre"),
        subtitles(codec="hdmv_pgs_subtitle", language="fre"),
        font(),
    )
    fitted = fit("h264", film)

    assert "-map 0:0 -map 0:1 -map 0:2" in words(fitted)
    assert "-c:s:0 mov_text" in words(fitted)
    assert fitted.losses == (
        "2 subtitle streams left out (2 × fre PGS)",
        "1 attachment left out (ttf)",
    )


def test_sounds_that_are_left_out_are_named() -> None:
    film = source(
        video(),
        sound(language="fre", channels=6, layout="5.1"),
        sound("default", language="eng"),
        sound("comment", language="eng"),
    )
    fitted = fit("mp3", film)

    assert fitted.choices == ("sound: stream 2 eng stereo, one of 3",)
    assert fitted.losses == ("2 audio streams left out (fre 5.1, eng stereo)",)
    assert "-map 0:2 " in words(fitted)
    french = fit("mp3", film, "fr")
    assert french.choices == ("sound: stream 1 fre 5.1, one of 3",)


def test_a_recorders_channels_become_left_and_right() -> None:
    fitted = fit("mp3", source(video(), mono(), mono(), container="mxf"))

    said = words(fitted)
    assert "[0:1][0:2]join=inputs=2:channel_layout=stereo,aresample=async=1:first_pts=0[" in said
    assert "-filter:a" not in said
    assert fitted.choices == ("sound: streams 1 and 2 as left and right",)
    assert not fitted.losses


def test_channels_are_copied_as_they_are() -> None:
    film = source(video(), mono(), mono(), container="mxf")

    assert "join=" not in words(fit("remux", film))
    assert "-map 0:0 -map 0:1 -map 0:2" in words(fit("remux", film))
    assert not fit("remux", film).choices


def test_titles_of_chapters_are_no_loss() -> None:
    titles = Stream(0, StreamKind.DATA, "bin_data")
    telemetry = fit("h264", source(video(), titles))

    assert fit("h264", source(video(), titles, chapters=2)).losses == ()
    assert telemetry.losses == ("1 data stream left out (bin_data)",)


@pytest.mark.parametrize(("preset", "is_fine"), [("h264", True), ("remux", False)])
def test_chapters_in_an_mp4_have_a_clock_that_their_lengths_fit(preset: str, is_fine: bool) -> None:
    film = source(video(), sound(), chapters=2)
    assert ("-movie_timescale 90000" in words(fit(preset, film))) is is_fine
    assert "-movie_timescale" not in words(fit(preset, source(video(), sound())))


def test_chapters_that_would_be_late_are_left_out_and_named() -> None:
    fitted = fit("opus", source(sound(), chapters=2))

    assert "-map_chapters -1" in words(fitted)
    assert fitted.losses == ("2 chapters left out",)


def test_an_hdr_film_of_two_fields_becomes_progressive_too() -> None:
    assert "yadif=deint=interlaced" in words(fit("hevc-hdr", source(video())))


def test_covers_stay_where_they_can() -> None:
    song = source(sound(), cover())

    assert "-map 0:0 -map 0:1" in words(fit("mp3", song))
    assert fit("mp3", song).losses == ()
    assert fit("opus", song).losses == ("1 cover left out",)
    assert fit("vp9", source(video(), cover())).losses == ("1 cover left out",)


def test_chapters_are_named_where_a_file_has_no_place_for_them() -> None:
    book = source(sound(), container=MOV, chapters=2)

    assert fit("mp3", book).losses == ()
    assert fit("flac", book).losses == ("2 chapters left out",)


def test_transparency_is_named() -> None:
    film = source(video(has_alpha=True, pixel_format="yuva444p10le"))

    assert fit("h264", film).losses == ("transparency left out: it becomes black",)
    assert fit("archive", film).losses == ()
    # Nothing of it comes out of the decoder.
    sticker = source(video(codec="vp9", has_alpha=True, pixel_format="yuv420p"))
    assert fit("archive", sticker).losses == ("transparency left out",)
    assert fit("remux", sticker).losses == ()
    assert fit("archive", film).losses == ()


def test_an_empty_sound_is_named_and_left_out() -> None:
    film = source(video(), sound(), sound(is_empty=True))

    assert "-map 0:0 -map 0:1 -filter:a" in words(fit("h264", film))
    assert fit("h264", film).losses == ("1 audio stream left out: nothing is in it",)


def test_both_passes_take_the_same_film() -> None:
    fitted = fit("vp9", source(cover(), video(48, 32), video(192, 128)))

    assert fitted.recipe
    assert all("-map 0:2" in " ".join(run.arguments) for run in fitted.recipe.runs)


def test_loudness_is_measured_of_the_dialogue() -> None:
    fitted = fit("loudness", source(video(), sound("comment"), sound()))

    assert fitted.recipe
    assert all("-map 0:2" in " ".join(run.arguments) for run in fitted.recipe.runs)


def test_a_ladder_takes_the_film_and_the_dialogue() -> None:
    fitted = fit("hls", source(cover(), video(), sound("comment"), sound()))

    assert "[0:1]yadif" in words(fitted)
    assert "-map 0:3 -af" in words(fitted)


def test_files_alike_share_a_recipe() -> None:
    maker = maker_of("h264")
    one = source(video(duration=4.0, packets=100, begins=0.0), sound(bit_rate=1000))
    other = source(video(duration=9.0, packets=225, begins=0.1), sound(bit_rate=2000))

    assert maker.fit(one).recipe is maker.fit(other).recipe


def test_options_of_ones_own_come_last() -> None:
    maker = maker_of("h264", "-crf", "31")

    assert words(maker.fit(source(video()))).endswith("-crf 31 film.mp4")


def test_a_sound_that_begins_late_in_a_transport_stream_keeps_its_time() -> None:
    stream = source(video(begins=1.4), sound(begins=1.9), container="mpegts")

    assert "-itsoffset 0.5 -i {input}" in words(fit("mp3", stream))
    # With the picture ffmpeg keeps the time by itself, and so it does in other files.
    assert "-itsoffset" not in words(fit("h264", stream))
    other = source(video(begins=0.0), sound(begins=0.5))
    assert "-itsoffset" not in words(fit("mp3", other))
