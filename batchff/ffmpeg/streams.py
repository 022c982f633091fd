"""Which of a source's streams are meant: the film, the dialogue, the subtitles that are text."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from batchff.model.inspection import Inspection, Stream, StreamKind
from batchff.wording import counted

_PICTURE_CODECS = frozenset(
    {
        *("mjpeg", "png", "gif", "bmp", "tiff", "webp", "jpeg2000", "jpegls", "ppm", "pgm", "tga"),
        *("apng", "svg", "targa", "pam", "psd", "qdraw", "sgi", "sunrast", "avif", "jpegxl"),
    }
)
TEXT_CODECS = frozenset(
    {
        *("subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "microdvd", "subviewer"),
        *("subviewer1", "sami", "realtext", "jacosub", "mpl2", "pjs", "stl", "vplayer"),
    }
)
"""The codecs of subtitles that are text."""

_NEVER_THE_FILM = frozenset({"attached_pic", "timed_thumbnails", "still_image", "dependent"})
_NEVER_THE_DIALOGUE = frozenset(
    {"comment", "visual_impaired", "descriptions", "karaoke", "clean_effects", "hearing_impaired"}
)
_COMMENTARY = re.compile(
    r"comment|kommentar|commentaire|coment[aá]rio|audio ?desc|director", re.IGNORECASE
)
# Broadcasters call a description of the pictures so, as if it were a language.
_LANGUAGES_OF_DESCRIPTIONS = frozenset({"nar", "qad"})
FORMATS_WITHOUT_A_CLOCK = frozenset({"mpegts", "mpeg", "mpegtsraw"})
_CONTAINER_TAGS = ("major_brand", "minor_version", "compatible_brands")
_DEVICE_TAG = re.compile(r"com\.(apple|android)\.|make$|model$|manufacturer$", re.IGNORECASE)
# Recorders and broadcasters put each channel of a sound into a stream of its own.
_FORMATS_OF_MONO_TRACKS = frozenset({"mxf", "mxf_opatom", "gxf", "mov,mp4,m4a,3gp,3g2,mj2", "lxf"})


@dataclass(frozen=True, slots=True)
class Track:
    """One sound: a stream, or two mono streams that are its left and its right."""

    streams: tuple[Stream, ...]

    @property
    def channels(self) -> int | None:
        """How many channels it has, None where that isn't known."""
        if len(self.streams) > 1:
            return len(self.streams)
        sound = self.streams[0].sound
        return sound.channels if sound else None


CHAPTERS_IN_MP4 = ("-movie_timescale", "90000")
"""What keeps chapters in an MP4. ffmpeg 9 gives the file a clock that all tracks' clocks divide; in
its ticks a chapter of some seconds may be longer than the 32 bits that it has, and is lost.
"""


@dataclass(frozen=True, slots=True)
class SourceStreams:
    """A source's streams by what they mean.

    The first of the `tracks` is the dialogue. `other_films` are pictures that move and aren't the
    film. Where there was a choice, `film_choice` and `sound_choice` say in words what was chosen.
    Streams without a packet are in none of these: they are `empty`.
    """

    film: Stream | None = None
    tracks: tuple[Track, ...] = ()
    texts: tuple[Stream, ...] = ()
    picture_subtitles: tuple[Stream, ...] = ()
    covers: tuple[Stream, ...] = ()
    other_films: tuple[Stream, ...] = ()
    attachments: tuple[Stream, ...] = ()
    data: tuple[Stream, ...] = ()
    empty: tuple[Stream, ...] = ()
    film_choice: str = ""
    sound_choice: str = ""
    has_device_tags: bool = False
    """Whether a camera or a phone wrote tags of its own, such as its maker and its model."""
    container_tags: tuple[str, ...] = ()
    """The tags that say which kind of file it was, and nothing of what is in it."""
    has_tags_on_streams: bool = False
    """Whether the file's own tags lie on its streams, as in Ogg."""
    has_timecode: bool = False
    late: float = 0.0
    """How many seconds the dialogue begins after the file, where ffmpeg would drop them.

    Of a transport or program stream, it lets the clock begin with the first stream that is read.
    """
    has_chapters: bool = False

    @property
    def dialogue(self) -> Track | None:
        """The sound that one hears, None for a silent source."""
        return self.tracks[0] if self.tracks else None

    def choices_for(self, taken: Collection[Stream], *, is_joined: bool = True) -> tuple[str, ...]:
        """Return what was chosen among the streams that an output takes, where it was a choice.

        Left and right are none where they aren't joined.
        """
        kinds = {stream.kind for stream in taken}
        if not is_joined and any(len(track.streams) > 1 for track in self.tracks):
            kinds.discard(StreamKind.AUDIO)
        said = ((StreamKind.VIDEO, self.film_choice), (StreamKind.AUDIO, self.sound_choice))
        return tuple(choice for kind, choice in said if choice and kind in kinds)


def choose_streams(inspection: Inspection, language: str = "") -> SourceStreams:
    """Return which streams are meant.

    The film is the default one, then the largest, and never a poster. The dialogue is the default
    one, then the first, and never a commentary; with a `language`, it's of that where there is
    such a sound.
    """
    empty = tuple(stream for stream in inspection.streams if stream.is_empty)
    full = [stream for stream in inspection.streams if not stream.is_empty]
    pictures = [stream for stream in full if stream.kind is StreamKind.VIDEO]
    sounds = [stream for stream in full if stream.kind is StreamKind.AUDIO]
    subtitles = [stream for stream in full if stream.kind is StreamKind.SUBTITLES]
    films = _films(pictures)
    film = _film(films)
    tracks, said = _tracks(sounds, inspection.format, language)
    film_choice = ""
    if film is not None and len(films) > 1:
        film_choice = f"film: {_picture_text(film)}, one of {len(films)}"
    return SourceStreams(
        film=film,
        tracks=tracks,
        texts=tuple(stream for stream in subtitles if stream.codec in TEXT_CODECS),
        picture_subtitles=tuple(each for each in subtitles if each.codec not in TEXT_CODECS),
        covers=tuple(stream for stream in pictures if stream not in films),
        other_films=tuple(stream for stream in films if stream is not film),
        attachments=tuple(each for each in full if each.kind is StreamKind.ATTACHMENT),
        data=tuple(each for each in full if each.kind is StreamKind.DATA),
        empty=empty,
        film_choice=film_choice,
        sound_choice=said,
        has_device_tags=any(_DEVICE_TAG.match(tag) for tag in inspection.tags),
        container_tags=tuple(tag for tag in _CONTAINER_TAGS if tag in inspection.tags),
        has_tags_on_streams=inspection.format == "ogg",
        has_timecode=bool(inspection.timecode),
        late=_late(inspection, tracks),
        has_chapters=bool(inspection.chapters),
    )


def _late(inspection: Inspection, tracks: Sequence[Track]) -> float:
    begins = [stream.begins for stream in inspection.streams if stream.begins is not None]
    if inspection.format not in FORMATS_WITHOUT_A_CLOCK or not tracks or not begins:
        return 0.0
    own = tracks[0].streams[0].begins
    return 0.0 if own is None else round(own - min(begins), 3)


def _films(pictures: Sequence[Stream]) -> list[Stream]:
    """Return the video streams that move, or the only one that there is beside covers."""
    films = [each for each in pictures if not _NEVER_THE_FILM.intersection(each.dispositions)]
    moving = [each for each in films if not _is_still(each, films)]
    return moving or films


def _is_still(stream: Stream, beside: Sequence[Stream]) -> bool:
    """Return whether it's a picture put before or after a film as if it were one."""
    if stream.codec not in _PICTURE_CODECS:
        return False
    counts = (stream.packets, stream.frames)
    if 1 in counts:
        return True
    longest = max((each.duration or 0.0 for each in beside), default=0.0)
    return stream.duration is not None and stream.duration * 10 < longest


def _film(films: Sequence[Stream]) -> Stream | None:
    def rank(stream: Stream) -> tuple[bool, int, int]:
        size = stream.picture.width * stream.picture.height if stream.picture else 0
        return stream.is_default, size, -stream.index

    return max(films, key=rank, default=None)


def _tracks(
    sounds: Sequence[Stream], container: str, language: str
) -> tuple[tuple[Track, ...], str]:
    """Return the sounds, the dialogue first, and what was chosen in words."""
    if _are_channels(sounds, container):
        pairs = [Track(tuple(sounds[at : at + 2])) for at in range(0, len(sounds), 2)]
        first, second = sounds[0].index, sounds[1].index
        return tuple(pairs), f"sound: streams {first} and {second} as left and right"
    dialogue = _dialogue(sounds, language)
    if dialogue is None:
        return (), ""
    rest = [stream for stream in sounds if stream is not dialogue]
    said = f"sound: {_sound_text(dialogue)}, one of {len(sounds)}" if rest else ""
    has_choice = bool(rest or dialogue.language)
    if language and has_choice and not is_language(dialogue.language, language):
        said = f"sound: {_sound_text(dialogue)}, as there is none in '{language}'"
    return tuple(Track((stream,)) for stream in (dialogue, *rest)), said


def _are_channels(sounds: Sequence[Stream], container: str) -> bool:
    """Return whether each stream is a channel, as recorders and broadcasters write them."""
    return (
        container in _FORMATS_OF_MONO_TRACKS
        and len(sounds) > 1
        and all(stream.sound and stream.sound.channels == 1 for stream in sounds)
        and all(stream.codec.startswith("pcm_") for stream in sounds)
        and len({stream.language for stream in sounds}) == 1
        and not any(_NEVER_THE_DIALOGUE.intersection(stream.dispositions) for stream in sounds)
    )


def _dialogue(sounds: Sequence[Stream], language: str) -> Stream | None:
    spoken = [stream for stream in sounds if not _is_commentary(stream)] or list(sounds)
    wanted = [stream for stream in spoken if language and is_language(stream.language, language)]
    candidates = wanted or spoken
    return next((each for each in candidates if each.is_default), next(iter(candidates), None))


def _is_commentary(stream: Stream) -> bool:
    return bool(
        _NEVER_THE_DIALOGUE.intersection(stream.dispositions)
        or _COMMENTARY.search(stream.title)
        or stream.language.lower() in _LANGUAGES_OF_DESCRIPTIONS
    )


def is_language(written: str, wanted: str) -> bool:
    """Return whether two codes name one language: fr, fre, fra and fr-CA do."""
    return bool(written) and _language(written) == _language(wanted)


@cache
def _language(written: str) -> str:
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        return Language.get(written).language or written.lower()
    except LanguageTagError:
        return written.lower()


def _picture_text(stream: Stream) -> str:
    size = f" {stream.picture.width}x{stream.picture.height}" if stream.picture else ""
    return f"stream {stream.index}{size}"


def _sound_text(stream: Stream) -> str:
    said = [f"stream {stream.index}"]
    if stream.language:
        said.append(stream.language)
    if stream.sound:
        said.append(layout_text(stream.sound.channels, stream.sound.layout))
    return " ".join(said)


def layout_text(channels: int, layout: str) -> str:
    """Return how many channels a sound has, in words."""
    return layout or {1: "mono", 2: "stereo"}.get(channels, counted(channels, "channel"))
