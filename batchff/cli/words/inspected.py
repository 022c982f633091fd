"""What is in media files, in words: a line for each file, and one for each of its streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchff.console.words.text import printable, size
from batchff.model.film_chunks import Chunks
from batchff.model.inspection import Inspection, Picture, Sound, Stream
from batchff.results.inspect import Becoming, InspectedFile
from batchff.wording import counted

_HDR = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
_PIPE = "_pipe"
_SAID_ELSEWHERE = ("default", "forced", "attached_pic")


def rows_of(files: Iterable[InspectedFile]) -> Iterator[str]:
    """Yield what is in each file, and what it becomes, as lines for people."""
    for file in files:
        name, inspected = file.file, file.inspection
        if inspected is None:
            yield f"{printable(name)}: can't be used: {printable(file.reason or '')}"
            continue
        yield printable(f"{name}: {', '.join(_file_facts(inspected))}")
        for problem in inspected.problems:
            yield printable(f"  ! {problem.words}")
        if not inspected.streams:
            yield "  no streams"
        for stream in inspected.streams:
            yield printable(f"  {stream.kind:<10} {stream.index:>2}  {stream_text(stream)}")
        for becoming in file.becomes:
            yield from map(printable, _becoming_lines(becoming))
        if file.chunks:
            yield from _chunk_lines(file.chunks)


def _chunk_lines(found: Chunks) -> Iterator[str]:
    """Yield where a film would be cut, a line for each chunk."""
    if not found.chunks:
        yield printable(f"  not cut: {found.reason}")
        return
    yield f"  {len(found.chunks)} chunks; the sound and all else: {size(found.rest)}"
    for number, chunk in enumerate(found.chunks, 1):
        length = chunk.end - chunk.start
        yield f"  {number:>6}  from {clock(chunk.start)}  {length:7.3f} s  {size(chunk.bytes)}"


def clock(seconds: float) -> str:
    """Return a time of a film, as in 1:02:03.456."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest / 1000:06.3f}"


def _becoming_lines(becoming: Becoming) -> Iterator[str]:
    """Yield what a preset makes of a file: what fails, what is chosen, what is lost."""
    head = f"  → {becoming.preset}"
    if becoming.refused:
        yield f"{head}: fails: {becoming.refused}"
        return
    said = "; ".join((*becoming.choices, *becoming.lacks))
    yield f"{head}: {said}" if said else f"{head}: all of it"


def _file_facts(inspected: Inspection) -> Iterator[str]:
    yield _format_text(inspected.format)
    if inspected.duration is not None:
        yield f"{inspected.duration:.1f} s"
    yield size(inspected.size)
    if inspected.chapters:
        yield counted(inspected.chapters, "chapter")
    if inspected.timecode:
        yield f"timecode {inspected.timecode}"


def stream_text(stream: Stream) -> str:
    """Return what a stream is, in a line: `h264 1920x1080 25 fps, PQ, interlaced`."""
    words = [stream.codec or "unknown"]
    if stream.picture:
        words += _picture_words(stream.picture, is_film=not stream.is_cover)
    if stream.sound:
        words += _sound_words(stream.sound)
    words += [stream.language] * bool(stream.language)
    words += [repr(stream.title)] * bool(stream.title)
    parts = [" ".join(words)]
    if stream.picture:
        parts += _qualities(stream.picture)
    parts += ["cover"] * stream.is_cover
    parts += ["default"] * stream.is_default
    parts += ["forced"] * stream.is_forced
    parts += [each for each in stream.dispositions if each not in _SAID_ELSEWHERE]
    parts += ["without a packet"] * (stream.is_empty is True)
    return ", ".join(parts)


def _format_text(format: str) -> str:
    """Return a demuxer's name as short as people know it."""
    if format.endswith(_PIPE):
        return f"a picture ({format.removesuffix(_PIPE)})"
    first, *others = format.split(",")
    return f"{first}/{others[0]}" if others else first


def _picture_words(picture: Picture, *, is_film: bool) -> Iterator[str]:
    if picture.width:
        yield f"{picture.width}x{picture.height}"
    if is_film and picture.frame_rate:
        yield f"{picture.frame_rate:.5g} fps"
    if picture.pixel_format:
        yield picture.pixel_format


def _qualities(picture: Picture) -> Iterator[str]:
    """Yield what is special about pictures."""
    if picture.is_hdr:
        yield _HDR[picture.transfer]
    if picture.dolby_vision is not None:
        yield f"Dolby Vision profile {picture.dolby_vision}"
    if picture.is_interlaced:
        yield "interlaced"
    if picture.is_variable:
        yield "variable frame rate"
    if picture.rotation:
        yield f"turned by {picture.rotation}°"
    if picture.pixel_aspect not in ("", "1:1"):
        yield f"pixels {picture.pixel_aspect}"
    if picture.has_alpha:
        yield "alpha"


def _sound_words(sound: Sound) -> Iterator[str]:
    if sound.layout or sound.channels:
        yield sound.layout or counted(sound.channels, "channel")
    if sound.sample_rate:
        yield f"{sound.sample_rate / 1000:g} kHz"
