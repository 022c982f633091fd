"""The clock of a line's output: fine enough that each picture of an uneven film keeps its time."""

from __future__ import annotations

import re

from batchff.ffmpeg.line import Line
from batchff.ffmpeg.line.model import Output
from batchff.ffmpeg.line.table import load_table
from batchff.ffmpeg.streams import SourceStreams

_MUXERS = frozenset({"mp4", "mov", "ipod", "3gp", "matroska", "webm", "mpegts"})
# Others take no such clock: that of MPEG-4 has at most 65,535 ticks a second.
_ENCODERS = re.compile(r"libx26[45]|libsvtav1|libaom-|libvpx|(h264|hevc|vp[89]|av1)(_|$)")


def clock_words(output: Output, line: Line, source: SourceStreams) -> tuple[str, ...]:
    """Return the options that keep the times of an uneven film, where the line says nothing of it.

    ffmpeg counts in pictures of the average rate, and moves each to the next one: a lecture of one
    picture a second would be half a second off.
    """
    picture = source.film.picture if source.film else None
    if picture is None or not picture.is_variable or output.muxer not in _MUXERS:
        return ()
    if line.rates or line.time_filters:
        return ()
    if any(option.name == "enc_time_base" for option in output.options):
        return ()
    asked = [each.name for each in output.encoders if each.kind in ("video", "")]
    encoder = asked[-1] if asked else load_table().muxers[output.muxer].video or ""
    if not _ENCODERS.match(encoder):
        return ()
    return ("-fps_mode", "vfr", "-enc_time_base:v", "1:90000")
