"""What outputs lose of their source, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from batchff.ffmpeg.streams import SourceStreams, layout_text
from batchff.model.inspection import Inspection, Stream, StreamKind
from batchff.wording import counted

_SUBTITLES = {
    "hdmv_pgs_subtitle": "PGS",
    "dvd_subtitle": "VobSub",
    "dvb_subtitle": "DVB",
    "xsub": "XSUB",
    "dvb_teletext": "teletext",
    "eia_608": "CEA-608",
    "hdmv_text_subtitle": "HDMV text",
}
_WITHOUT_CHAPTERS = frozenset(
    {".wav", ".flac", ".ts", ".avi", ".aac", ".ac3", ".flv", ".mpg", ".h264", ".hevc", ".mxf"}
)
# ffmpeg's own decoders of these pass over what lies beside the picture.
_ALPHA_BESIDE = frozenset({"vp8", "vp9"})
_WITHOUT_TAGS = frozenset({".aac", ".ac3", ".h264", ".hevc", ".mpg", ".framemd5"})


def stream_losses(
    source: SourceStreams, taken: Collection[Stream], kinds: Collection[StreamKind]
) -> Iterator[str]:
    """Yield which streams of a source are left out, of the kinds that one expects, and covers."""
    streams = [
        *((source.film,) if source.film else ()),
        *source.other_films,
        *source.covers,
        *(stream for track in source.tracks for stream in track.streams),
        *source.texts,
        *source.picture_subtitles,
        *source.attachments,
        *(stream for stream in source.data if not _is_made_anew(stream, source)),
    ]
    left = [stream for stream in streams if stream not in taken]
    covers = [stream for stream in left if stream in source.covers]
    for kind, noun in (
        (StreamKind.VIDEO, "video stream"),
        (StreamKind.AUDIO, "audio stream"),
        (StreamKind.SUBTITLES, "subtitle stream"),
        (StreamKind.ATTACHMENT, "attachment"),
        (StreamKind.DATA, "data stream"),
    ):
        streams = [each for each in left if each.kind is kind and each not in covers]
        if streams and kind in kinds:
            yield f"{counted(len(streams), noun)} left out ({_some(map(_described, streams))})"
        empty = [each for each in source.empty if each.kind is kind]
        if empty and kind in kinds:
            yield f"{counted(len(empty), noun)} left out: nothing is in it"
        if kind is StreamKind.VIDEO and covers:
            yield f"{counted(len(covers), 'cover')} left out"


def _is_made_anew(stream: Stream, source: SourceStreams) -> bool:
    """Return whether a muxer makes it anew: a timecode of a tag, the titles of chapters in MP4."""
    if stream.codec == "bin_data" and source.has_chapters:
        return True
    return stream.codec == "tmcd" or (not stream.codec and source.has_timecode)


def _described(stream: Stream) -> str:
    if stream.picture:
        return f"{stream.picture.width}x{stream.picture.height}"
    if stream.sound:
        said = layout_text(stream.sound.channels, stream.sound.layout)
        return f"{stream.language} {said}".strip()
    if stream.kind is StreamKind.SUBTITLES:
        codec = _SUBTITLES.get(stream.codec, stream.codec)
        return f"{stream.language} {codec}".strip() if stream.language else codec
    return stream.codec or "of an unknown kind"


def _some(described: Iterable[str]) -> str:
    counts = Counter(described)
    return ", ".join(f"{n} × {what}" if n > 1 else what for what, n in counts.items())


def picture_losses(film: Stream | None, pixel_format: str) -> Iterator[str]:
    """Yield what pictures lose in a pixel format; an empty one is the source's own."""
    if film is None or film.picture is None or not film.picture.has_alpha:
        return
    if film.codec in _ALPHA_BESIDE:
        yield "transparency left out"
    elif pixel_format and not _has_alpha(pixel_format):
        yield "transparency left out: it becomes black"


def _has_alpha(pixel_format: str) -> bool:
    return pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya"))


def colour_losses(film: Stream | None, *, is_mapped: bool) -> Iterator[str]:
    """Yield what becomes of HDR."""
    if film is None or film.picture is None or not film.picture.is_hdr or not is_mapped:
        return
    name = "PQ" if film.picture.transfer == "smpte2084" else "HLG"
    yield f"HDR ({name}) becomes SDR"


def container_losses(
    inspection: Inspection, suffix: str, *, keeps_chapters: bool = True
) -> Iterator[str]:
    """Yield the chapters and tags of the source that a file of this suffix can't hold."""
    if inspection.chapters and (suffix in _WITHOUT_CHAPTERS or not keeps_chapters):
        yield f"{counted(inspection.chapters, 'chapter')} left out"
    if set(inspection.tags) & {"title", "artist", "album"} and suffix in _WITHOUT_TAGS:
        yield "tags left out"
