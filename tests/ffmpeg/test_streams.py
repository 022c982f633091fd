"""Which streams are meant, for sources that people complained of."""

from __future__ import annotations

import pytest

from batchff.ffmpeg.streams import choose_streams, is_language
from batchff.model.inspection import Stream
from tests.model.inspections import (
    MATROSKA,
    MOV,
    cover,
    font,
    mono,
    sound,
    source,
    subtitles,
    video,
)


def test_a_silent_film_is_the_film_alone() -> None:
    chosen = choose_streams(source(video()))

    assert chosen.film == video()
    assert chosen.dialogue is None
    assert not chosen.film_choice and not chosen.sound_choice


@pytest.mark.parametrize(
    ("poster", "flags"),
    [
        (video(600, 900, codec="mjpeg", frames=1), ()),
        (video(600, 900, "default", codec="png", packets=1), ("default",)),
        (video(600, 900, "attached_pic", codec="mjpeg"), ()),
        (video(600, 900, codec="mjpeg", duration=0.04), ()),
        (video(600, 900, "timed_thumbnails", codec="mjpeg"), ()),
    ],
)
def test_the_film_is_never_a_poster(poster: Stream, flags: tuple[str, ...]) -> None:
    chosen = choose_streams(source(poster, video(96, 64, *flags, duration=4.0, frames=100)))

    assert chosen.film and chosen.film.index == 1
    assert [stream.index for stream in chosen.covers] == [0]
    assert not chosen.film_choice  # there was none


def test_a_film_of_pictures_is_a_film() -> None:
    chosen = choose_streams(source(video(codec="mjpeg", frames=100, duration=4.0)))

    assert chosen.film and not chosen.covers


def test_of_two_films_the_default_one_is_taken_then_the_larger() -> None:
    by_flag = choose_streams(source(video(192, 128), video(48, 32, "default")))
    assert by_flag.film and by_flag.film.index == 1
    by_size = choose_streams(source(video(48, 32), video(192, 128), video(192, 128)))
    assert by_size.film and by_size.film.index == 1
    assert by_size.film_choice == "film: stream 1 192x128, one of 3"
    assert [stream.index for stream in by_size.other_films] == [0, 2]


def test_the_dialogue_is_the_default_sound_then_the_first() -> None:
    french = sound(language="fre", channels=6, layout="5.1")
    english = sound("default", language="eng")
    chosen = choose_streams(source(video(), french, english))
    assert [track.streams[0].index for track in chosen.tracks] == [2, 1]
    assert chosen.sound_choice == "sound: stream 2 eng stereo, one of 2"

    first = choose_streams(source(video(), french, sound(language="eng")))
    assert [track.streams[0].index for track in first.tracks] == [1, 2]


@pytest.mark.parametrize(
    "commentary",
    [
        sound("comment"),
        sound("default", "comment"),
        sound("default", title="Director's Commentary"),
        sound("default", title="Audiokommentar"),
        sound("visual_impaired"),
    ],
)
def test_a_commentary_is_never_the_dialogue(commentary: Stream) -> None:
    chosen = choose_streams(source(video(), commentary, sound(language="eng")))

    assert chosen.dialogue and chosen.dialogue.streams[0].index == 2


@pytest.mark.parametrize("language", ["nar", "qad"])
def test_a_broadcasters_description_is_never_the_dialogue(language: str) -> None:
    chosen = choose_streams(source(video(), sound(language=language), sound(language="eng")))

    assert chosen.dialogue and chosen.dialogue.streams[0].index == 2


def test_a_commentary_alone_is_better_than_nothing() -> None:
    assert choose_streams(source(sound("comment"))).dialogue


def test_a_language_comes_before_the_default_sound() -> None:
    film = source(
        video(),
        sound("default", language="eng"),
        sound("comment", language="fre"),
        sound(language="fre"),
    )
    chosen = choose_streams(film, "fr")
    assert [track.streams[0].index for track in chosen.tracks] == [3, 1, 2]

    lacking = choose_streams(film, "de")
    assert lacking.dialogue and lacking.dialogue.streams[0].index == 1
    assert lacking.sound_choice == "sound: stream 1 eng stereo, as there is none in 'de'"


@pytest.mark.parametrize("same", ["fr", "fre", "fra", "FR", "fr-CA"])
def test_a_language_has_several_codes(same: str) -> None:
    assert is_language("fre", same)
    assert not is_language("eng", same)
    assert not is_language("", same)
    assert is_language("x@", "x@")  # no code, but the same


def test_two_mono_tracks_of_a_broadcast_file_are_left_and_right() -> None:
    chosen = choose_streams(source(video(), mono(), mono(), container="mxf"))

    assert [stream.index for track in chosen.tracks for stream in track.streams] == [1, 2]
    assert chosen.dialogue and chosen.dialogue.channels == 2
    assert chosen.sound_choice == "sound: streams 1 and 2 as left and right"


def test_more_of_them_are_pairs() -> None:
    chosen = choose_streams(source(video(), mono(), mono(), mono(), container="mxf"))

    tracks = [[stream.index for stream in track.streams] for track in chosen.tracks]
    assert tracks == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("tracks", "container"),
    [
        ((mono(), mono()), MATROSKA),
        ((mono("aac"), mono("aac")), MOV),
        ((mono(language="eng"), mono(language="fre")), "mxf"),
        ((mono(),), "mxf"),
        ((mono(), sound(codec="pcm_s24le")), "mxf"),
    ],
)
def test_other_mono_tracks_are_sounds_of_their_own(
    tracks: tuple[Stream, ...], container: str
) -> None:
    chosen = choose_streams(source(video(), *tracks, container=container))

    assert all(len(track.streams) == 1 for track in chosen.tracks)


def test_streams_without_a_packet_arent_chosen() -> None:
    chosen = choose_streams(
        source(video(is_empty=True), sound("default", is_empty=True), sound(is_empty=None))
    )

    assert chosen.film is None
    assert chosen.dialogue and chosen.dialogue.streams[0].index == 2
    assert [stream.index for stream in chosen.empty] == [0, 1]


def test_subtitles_are_text_or_pictures() -> None:
    chosen = choose_streams(
        source(
            video(),
            subtitles(),
            subtitles(codec="hdmv_pgs_subtitle"),
            subtitles(codec="ass"),
            font(),
            cover(),
        )
    )

    assert [stream.codec for stream in chosen.texts] == ["subrip", "ass"]
    assert [stream.codec for stream in chosen.picture_subtitles] == ["hdmv_pgs_subtitle"]
    assert len(chosen.attachments) == len(chosen.covers) == 1


@pytest.mark.parametrize(
    "tag", ["com.apple.quicktime.make", "com.android.version", "make", "model"]
)
def test_tags_of_cameras_and_phones_are_known(tag: str) -> None:
    assert choose_streams(source(video(), tags=("title", tag))).has_device_tags
    assert not choose_streams(source(video(), tags=("title", "encoder"))).has_device_tags
