"""What a preset means by its streams, as arguments: for any source, or for one that is known.

Of a source that isn't known, the choice is simple: the first picture that is no cover, the first
sound. Text subtitles and a film's cover are left out, as only a look into the source says which of
them can be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from batchff.ffmpeg.presets.model import Pick, PromiseWords, Streams
from batchff.ffmpeg.presets.subtitles import is_known, subtitle_encoder
from batchff.ffmpeg.streams import CHAPTERS_IN_MP4, SourceStreams, Track
from batchff.model.inspection import Stream, StreamKind
from batchff.model.recipes import Count

_MAPS = {
    ("video", Pick.FILM): "0:V:0",
    ("video", Pick.FILM_IF_ANY): "0:V:0?",
    ("video", Pick.ALL): "0:v?",
    ("audio", Pick.MAIN): "0:a:0",
    ("audio", Pick.MAIN_IF_ANY): "0:a:0?",
    ("audio", Pick.ALL): "0:a?",
    ("subtitles", Pick.ALL): "0:s?",
}
_COUNTS = {
    Pick.NONE: Count.NONE,
    Pick.FILM: Count.ONE,
    Pick.FILM_IF_ANY: Count.ONE_IF_ANY,
    Pick.MAIN: Count.ONE,
    Pick.MAIN_IF_ANY: Count.ONE_IF_ANY,
    Pick.TEXT: Count.ANY,
    Pick.ALL: Count.ALL,
}
COVER_SUFFIXES = frozenset({".mp4", ".m4v", ".m4a", ".m4b", ".mp3", ".flac"})
"""Files that can have a cover, as ffmpeg writes them."""

_MP4_SUFFIXES = frozenset({".mp4", ".m4v", ".m4a", ".m4b", ".mov"})
_COVER_CODECS = frozenset({"mjpeg", "png", "bmp"})
# Only Matroska has them, as fonts.
_ATTACHMENT_SUFFIXES = frozenset({".mkv"})
# What MP4 and Matroska say of each stream: it's of no use where one sound is all.
_STREAM_TAGS = ("handler_name", "vendor_id", "duration")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an output takes of its source: `maps` and `after`, what follows its other options.

    `chains` are for a complex filter. `streams` are the output's own, in its order: each with its
    kind and the source's streams that it's made of; the `covers` among them are no films in the
    output. `missing` says what the source lacks.
    """

    maps: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    streams: tuple[tuple[StreamKind, tuple[Stream, ...]], ...] = ()
    covers: frozenset[Stream] = frozenset()
    missing: str = ""


@dataclass(slots=True)
class _Taking:
    """What is taken so far."""

    maps: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    streams: list[tuple[StreamKind, tuple[Stream, ...]]] = field(default_factory=list)
    covers: set[Stream] = field(default_factory=set)
    missing: str = ""

    def map(self, kind: StreamKind, *streams: Stream) -> None:
        for stream in streams:
            self.maps += ["-map", f"0:{stream.index}"]
            self.streams.append((kind, (stream,)))


def take_from_any(streams: Streams, suffix: str, audio_filters: str) -> Taken:
    """Return what an output of this suffix takes of a source that isn't known."""
    words: list[str] = []
    for kind in ("video", "audio", "subtitles"):
        if chosen := _MAPS.get((kind, getattr(streams, kind))):
            words += ["-map", chosen]
    if streams.attachments and suffix in _ATTACHMENT_SUFFIXES:
        words += ["-map", "0:t?"]
    if streams.cover and streams.video is Pick.NONE:
        # All that is a picture, but nothing that moves.
        words += ["-map", "0:v?", "-map", "-0:V?", "-c:v", "copy"]
    if audio_filters:
        words += ["-filter:a", audio_filters]
    return Taken(tuple(words))


def take_from(
    source: SourceStreams,
    streams: Streams,
    suffix: str,
    audio_filters: str,
    label: str,
    *,
    copies_sound: bool = False,
) -> Taken:
    """Return what an output of this suffix takes of a source; `label` names its chains.

    Mono streams stay as they are where they aren't to be joined, and where the output
    `copies_sound`: what is copied can't be joined.
    """
    taking = _Taking()
    if copies_sound or not streams.join_mono:
        source = replace(source, tracks=_alone(source.tracks))
    _take_film(source, streams, suffix, taking)
    _take_sounds(source, streams, audio_filters, label, taking)
    _take_subtitles(source, streams, suffix, taking)
    if streams.attachments and suffix in _ATTACHMENT_SUFFIXES:
        taking.map(StreamKind.ATTACHMENT, *source.attachments)
    if streams.cover:
        _take_cover(source, streams, suffix, taking)
    if streams.tags and source.has_device_tags and suffix in _MP4_SUFFIXES:
        # Else only the few tags that iTunes knows are written.
        taking.after += ["-movflags", "+use_metadata_tags"]
    if streams.chapters and source.has_chapters and suffix in _MP4_SUFFIXES:
        taking.after += CHAPTERS_IN_MP4
    return Taken(
        (*taking.maps, *taking.filters),
        tuple(taking.after),
        tuple(taking.chains),
        tuple(taking.streams),
        frozenset(taking.covers),
        taking.missing,
    )


def _alone(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    return tuple(Track((stream,)) for track in tracks for stream in track.streams)


def _take_film(source: SourceStreams, streams: Streams, suffix: str, taking: _Taking) -> None:
    if streams.video is Pick.ALL:
        films = [source.film] if source.film else []
        films += source.other_films
        # In other files a cover would be a film to every player.
        films += [
            cover for cover in source.covers if suffix in COVER_SUFFIXES or not cover.is_cover
        ]
        taking.map(StreamKind.VIDEO, *sorted(films, key=lambda stream: stream.index))
        taking.covers.update(stream for stream in source.covers if stream.is_cover)
    elif streams.video is not Pick.NONE and source.film is not None:
        taking.map(StreamKind.VIDEO, source.film)
    elif streams.video is Pick.FILM:
        taking.missing = lacking_text(source, StreamKind.VIDEO)


def _take_sounds(
    source: SourceStreams, streams: Streams, filters: str, label: str, taking: _Taking
) -> None:
    tracks = source.tracks if streams.audio is Pick.ALL else source.tracks[:1]
    if streams.audio is Pick.NONE:
        return
    if not tracks and streams.audio is Pick.MAIN:
        taking.missing = lacking_text(source, StreamKind.AUDIO)
    has_pairs = any(len(track.streams) > 1 for track in tracks)
    for number, track in enumerate(tracks):
        if len(track.streams) > 1:
            name = f"{label}{number}"
            taking.chains.append(joined(track, filters, name))
            taking.maps += ["-map", f"[{name}]"]
            taking.streams.append((StreamKind.AUDIO, track.streams))
            continue
        taking.map(StreamKind.AUDIO, *track.streams)
        if filters and has_pairs:
            taking.filters += [f"-filter:a:{number}", filters]
    if filters and not has_pairs and tracks:
        taking.filters += ["-filter:a", filters]
    if len(tracks) > 1 and not has_pairs and not tracks[0].streams[0].is_default:
        # Players take the default one, and the first is the dialogue.
        taking.after += ["-disposition:a", "0", "-disposition:a:0", "default"]


def joined(track: Track, filters: str, name: str) -> str:
    """Return the chain of a complex filter that makes one sound of mono streams."""
    inputs = "".join(f"[0:{stream.index}]" for stream in track.streams)
    chain = f"{inputs}join=inputs={len(track.streams)}:channel_layout=stereo"
    return f"{chain}{',' if filters else ''}{filters}[{name}]"


def _take_subtitles(source: SourceStreams, streams: Streams, suffix: str, taking: _Taking) -> None:
    wanted = [] if streams.subtitles is Pick.NONE else [*source.texts]
    if streams.subtitles is Pick.ALL:
        wanted += source.picture_subtitles
        if not is_known(suffix):
            taking.map(StreamKind.SUBTITLES, *wanted)
            return
    fitting = [(each, subtitle_encoder(each.codec, suffix)) for each in wanted]
    for place, (stream, encoder) in enumerate(each for each in fitting if each[1]):
        taking.map(StreamKind.SUBTITLES, stream)
        taking.after += [f"-c:s:{place}", encoder]


def _take_cover(source: SourceStreams, streams: Streams, suffix: str, taking: _Taking) -> None:
    covers = [each for each in source.covers if each.codec in _COVER_CODECS]
    if not covers or suffix not in COVER_SUFFIXES or streams.video is Pick.ALL:
        return
    place = sum(kind is StreamKind.VIDEO for kind, _ in taking.streams)
    taking.map(StreamKind.VIDEO, covers[0])
    taking.covers.add(covers[0])
    taking.after += [f"-c:v:{place}", "copy", f"-disposition:v:{place}", "attached_pic"]


def lacking_text(source: SourceStreams, kind: StreamKind) -> str:
    """Return that a source has no stream of a kind, in words that can follow its name."""
    said = f"no {kind} in it"
    if any(stream.kind is kind for stream in source.empty):
        return f"{said}: its {kind} stream is empty"
    if kind is StreamKind.VIDEO and source.covers:
        return f"{said}, only a cover"
    return said


def tag_arguments(streams: Streams, source: SourceStreams | None = None) -> Iterator[str]:
    """Yield the arguments that keep or leave tags and chapters."""
    if not streams.tags:
        yield from ("-map_metadata", "-1")
    else:
        yield from ("-map_metadata", "0")
        is_song = streams.video is Pick.NONE and streams.audio is Pick.MAIN
        if is_song and (source is None or source.has_tags_on_streams):
            dialogue = source.dialogue if source else None
            place = dialogue.streams[0].index if dialogue else "a:0"
            yield from ("-map_metadata", f"0:s:{place}")
        for tag in source.container_tags if source else ():
            yield from ("-metadata", f"{tag}=")
        for tag in _STREAM_TAGS if is_song and source else ():
            yield from ("-metadata:s", f"{tag}=")
    if not streams.chapters:
        yield from ("-map_chapters", "-1")


def counts(streams: Streams, promise: PromiseWords) -> tuple[Count, Count, Count]:
    """Return how many streams of video, audio and subtitles are promised.

    What the promise leaves open, the choice of streams says.
    """
    return (
        Count(promise.video or _COUNTS[streams.video]),
        Count(promise.audio or _COUNTS[streams.audio]),
        Count(promise.subtitles or _COUNTS[streams.subtitles]),
    )
