"""Which streams an output is promised to have, once they are chosen from a source."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from batchff.ffmpeg.presets.streams import Taken
from batchff.model.inspection import StreamKind
from batchff.model.recipes import PromisedStream

_LETTERS = {StreamKind.VIDEO: "v", StreamKind.AUDIO: "a", StreamKind.SUBTITLES: "s"}


def promised_streams(
    taken: Taken, words: Sequence[str], *, maps_tones: bool
) -> tuple[PromisedStream, ...] | None:
    """Return the streams of an output with these words; None where it maps others by itself.

    `maps_tones` says that HDR becomes SDR.
    """
    if words.count("-map") != len(taken.streams):
        return None
    places = dict.fromkeys(StreamKind, 0)
    promised = []
    for kind, streams in taken.streams:
        codec = codec_of(kind, places[kind], words)
        places[kind] += 1
        if codec == "none":
            continue
        is_copy = codec == "copy"
        picture = streams[0].picture
        transfer = picture.transfer if picture and picture.is_hdr else ""
        promised.append(
            PromisedStream(
                kind=kind,
                source=streams[0].index if len(streams) == 1 else None,
                is_copy=is_copy,
                transfer="bt709" if transfer and maps_tones and not is_copy else transfer,
                is_cover=streams[0] in taken.covers,
            )
        )
    return tuple(promised)


def codec_of(kind: StreamKind, place: int, words: Sequence[str]) -> str:
    """Return what a stream of an output is encoded by: `copy`, `none`, or an encoder if said."""
    letter = _LETTERS.get(kind)
    if f"-{letter}n" in words:
        return "none"
    codec = ""
    names = {"-c", "-codec", f"-c:{letter}", f"-codec:{letter}", f"-c:{letter}:{place}"}
    for word, value in itertools.pairwise(words):
        if word in names:
            codec = value
    return codec
