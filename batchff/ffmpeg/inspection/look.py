"""A look into one file by PyAV; in a process of its own, for a hostile file may crash it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import av
import av.logging
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideData

from batchff.ffmpeg.demuxers import media_demuxers
from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.dump import Described, read_description
from batchff.ffmpeg.inspection.index import is_damaged, read_index
from batchff.ffmpeg.inspection.packets import Rhythm, Seen, read_packets, read_pictures, rhythm
from batchff.ffmpeg.inspection.problems import problems_of
from batchff.ffmpeg.inspection.stated import Stated, stated
from batchff.ffmpeg.inspection.streams import seconds, stream_of, tag_names, timecode_of
from batchff.ffmpeg.media import is_text
from batchff.ffmpeg.playlists import HEAD_SIZE, playlist_kind, tag_size
from batchff.model.inspection import Inspected, Inspection, NotMedia, Picture, Stream, StreamKind

_LONGEST_HEADERS = 256 * 1024 * 1024
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")
# Their headers needn't say whether their pictures are interlaced.
_MAY_BE_INTERLACED = ("h264", "mpeg2video", "mpeg4", "vc1", "prores", "dvvideo", "ffv1", "hevc")
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_RATE_SLACK = 0.02
_NOT_ALLOWED = "not on whitelist"
_MISDETECTED = "misdetection possible"

EMPTY = NotMedia("it's empty (0 bytes)")
TOO_LARGE = NotMedia("reading it takes too much memory")
_UNKNOWN = NotMedia("it's no media that ffmpeg knows")
_NOT_YET = NotMedia("ffmpeg can't read this kind of file yet")
_CUT_INDEX = NotMedia("its moov atom is damaged or cut off: nothing tells where its streams are")
_NO_INDEX = NotMedia("no moov atom: the recording was cut off before it was finished")


def set_up() -> None:
    """Have libav say what it finds, to `look` alone; once for a process."""
    av.logging.set_level(av.logging.INFO)
    # What it said of the file before must be said of this one too.
    av.logging.set_skip_repeated(False)


def look(file: BlockFile, suffix: str = "") -> Inspected:
    """Return what is in a file.

    Only the file itself is read: no other file that it names, and no address. OSError where it
    can't be read is raised; whatever is in it, nothing else is.
    """
    if not file.size:
        return EMPTY
    head = file.head(HEAD_SIZE)
    if skipped := tag_size(head):
        head = file.head(HEAD_SIZE, skipped)
    if kind := playlist_kind(head):
        return NotMedia(f"it's {kind}")
    file.name = "source" + (suffix if _SUFFIX.fullmatch(suffix) else "")
    file.limit = max(_LONGEST_HEADERS, file.fetched)
    inspected, lines = _open_and_look(file, head)
    if isinstance(inspected, NotMedia) and any(_NOT_ALLOWED in line for line in lines):
        # By its suffix libav took it for another format: a picture for one of a numbered row.
        file.name = "source"
        file.seek(0)
        inspected, _ = _open_and_look(file, head)
    return inspected


def _open_and_look(file: BlockFile, head: bytes) -> tuple[Inspected, list[str]]:
    """Return what is in a file, and what libav said of it."""
    with av.logging.Capture(False) as logs:
        try:
            with av.open(
                file, "r", container_options=_options(), metadata_errors="replace"
            ) as container:
                lines = [line for _, _, line in logs]
                if is_text(head) and any(_MISDETECTED in line for line in lines):
                    return _why_not(file, head, ()), lines
                return _inspect(container, file, logs), lines
        except MemoryError:
            return TOO_LARGE, []
        except av.error.PatchWelcomeError:
            return _NOT_YET, []
        except av.FFmpegError:
            lines = [line for _, _, line in logs]
            return _why_not(file, head, lines), lines


@cache
def _options() -> dict[str, str]:
    """Hold libav to demuxers that read their file alone, and to no protocol at all."""
    return {"format_whitelist": ",".join(media_demuxers()), "protocol_whitelist": ""}


def _why_not(file: BlockFile, head: bytes, words: Sequence[str]) -> NotMedia:
    # libav takes anything for MP4 that is called so.
    if head[4:8] in _MP4_BOXES:
        has_none = any("moov atom not found" in line for line in words)
        return _NO_INDEX if has_none else _CUT_INDEX
    if file.is_spent:
        return NotMedia(f"its headers are longer than {_LONGEST_HEADERS // 1024 // 1024} MiB")
    return NotMedia("it's a text, not media") if is_text(head) else _UNKNOWN


def _inspect(container: InputContainer, file: BlockFile, logs: Sequence[Any]) -> Inspection:
    # PyAV's types don't know it.
    text: str = container.dumps_format()  # type: ignore[attr-defined]
    described = read_description(text)
    streams = [
        stream_of(stream, described.get(stream.index, Described())) for stream in container.streams
    ]
    said = stated(file, container.format.name)
    wanted = {stream.index for stream in streams if _needs_a_picture(stream)}
    duration, start = container.duration, container.start_time
    opened = len(logs)
    seen = _see(container, file, said, wanted)
    # What libav says of a part, or of the end that a limit made, isn't said of the file.
    lines = [line for _, _, line in (logs if seen.is_whole else logs[:opened])]
    return Inspection(
        format=container.format.name,
        size=file.size,
        streams=tuple(
            _with_packets(stream, container, seen, index) for index, stream in enumerate(streams)
        ),
        duration=None if duration is None else duration / av.time_base,
        start=None if start is None else start / av.time_base,
        chapters=len(container.chapters()),
        tags=tag_names(container),
        timecode=timecode_of(container),
        is_whole=seen.is_whole,
        problems=problems_of(container, file, said, seen, lines),
    )


def _see(container: InputContainer, file: BlockFile, said: Stated | None, wanted: set[int]) -> Seen:
    """Return what the packets say, by the file's index where that says as much."""
    seen = None
    has_index = container.format.name.startswith("mov,")
    if has_index and not (said and (said.has_fragments or said.is_index_cut)):
        seen = read_index(container, file)
    if seen is None:
        return read_packets(container, file, wanted)
    seen.is_damaged = is_damaged(container, file)
    if wanted:
        read_pictures(container, file, seen, wanted)
    return seen


def _needs_a_picture(stream: Stream) -> bool:
    """Return whether only a decoded picture says what is asked of a stream."""
    picture = stream.picture
    if picture is None or stream.is_cover or not picture.pixel_format:
        return False
    if picture.is_hdr and not (picture.has_mastering and picture.has_light_level):
        return True
    return not picture.field_order and stream.codec in _MAY_BE_INTERLACED


def _with_packets(stream: Stream, container: InputContainer, seen: Seen, index: int) -> Stream:
    """Add what the packets say to what the headers do."""
    tally = seen.tallies[index]
    tick = container.streams[index].time_base
    picture = stream.picture
    if picture is not None and not stream.is_cover:
        picture = _with_rhythm(picture, rhythm(tally, tick, is_whole=seen.is_whole))
        if index in seen.pictures:
            picture = _with_picture(picture, stream.codec, seen.pictures[index])
    is_empty = False if tally.packets else True if seen.is_whole else None
    return replace(
        stream,
        begins=seconds(tally.first, tick),
        ends=seconds(tally.end, tick) if seen.reached_end else None,
        packets=tally.packets if seen.is_whole else None,
        is_empty=None if stream.kind is StreamKind.ATTACHMENT else is_empty,
        picture=picture,
    )


def _with_rhythm(picture: Picture, seen: Rhythm) -> Picture:
    """Add how pictures follow each other; a rate in the header may be that of the clock."""
    rate = picture.frame_rate
    if seen.rate and abs(seen.rate - rate) > _RATE_SLACK * seen.rate:
        rate = round(seen.rate, 6)
    return replace(picture, frame_rate=rate, is_variable=seen.is_variable)


def _with_picture(picture: Picture, codec: str, frame: Any) -> Picture:
    """Add what only a decoded picture says."""
    kinds = {data.type for data in frame.side_data}
    field_order = picture.field_order
    if not field_order and frame.interlaced_frame:
        # PyAV doesn't say which field is first: that of DV is the lower one, of most others not.
        field_order = "bb" if codec == "dvvideo" else "tt"
    return replace(
        picture,
        field_order=field_order or "progressive",
        has_mastering=picture.has_mastering or SideData.MASTERING_DISPLAY_METADATA in kinds,
        has_light_level=picture.has_light_level or SideData.CONTENT_LIGHT_LEVEL in kinds,
    )
