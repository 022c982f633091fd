"""What is made of a chunk: the film of an output alone, by the same options as in the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.line import Line, LineError, Option, Output, parse_line
from batchff.ffmpeg.line.model import Filter
from batchff.ffmpeg.options_of_streams import is_of_others
from batchff.model.inspection import StreamKind
from batchff.model.paths import split_suffix
from batchff.model.recipes import Count, Promise, PromisedStream, Recipe, RecipeOutput, Run

OF_A_CHUNK = " (a chunk)"
"""What the names of recipes for chunks end with."""

FILM = 0
"""The index of the film in a chunk's file: it's alone there."""

_MUXERS = {"mp4": ".mp4", "mov": ".mov", "ipod": ".mp4", "matroska": ".mkv", "webm": ".webm"}
_IN_MP4 = re.compile(
    r"libx26[45]\w*|libvpx-vp9|libsvtav1|libaom-av1|librav1e|mpeg4|libxvid|mpeg2video"
    r"|(h264|hevc|av1|vp9)_\w+"
)
"""Encoders whose chunks are MP4 whatever the output is: Matroska has no times of decoding."""

_CLOCK = "1000000"
"""The ticks a second of an edit list that says when a chunk begins: finer than any track's."""

# Each picture is made of one picture, or of it and its neighbours.
_FILTERS = frozenset(
    {
        *("yadif", "bwdif", "scale", "setsar", "setdar", "format", "null", "zscale", "tonemap"),
        *("setparams", "sidedata", "crop", "pad", "transpose", "hflip", "vflip", "colorspace"),
        *("eq", "lut", "lutyuv", "lutrgb", "curves", "colorchannelmixer", "unsharp", "gblur"),
        *("lut3d", "colormatrix", "limiter", "boxblur", "negate", "scale_npp", "scale_cuda"),
    }
)
_COUNTS = re.compile(r"(?<![A-Za-z_])[nt](?![A-Za-z_])")
"""A filter's variables that count pictures, or tell the time."""

_LETTERS = {
    "v": StreamKind.VIDEO,
    "V": StreamKind.VIDEO,
    "a": StreamKind.AUDIO,
    "s": StreamKind.SUBTITLES,
    "d": StreamKind.DATA,
    "t": StreamKind.ATTACHMENT,
}
_WITHOUT = {"an": _LETTERS["a"], "sn": _LETTERS["s"], "dn": _LETTERS["d"]}
_SPECIFIER = re.compile(r"(?P<kind>[vVasdt])?(:?(?P<place>\d{1,4}))?")

_OF_TIME_WORDS = """
    ss sseof t to frames fs shortest stream_loop r fpsmax itsscale itsoffset copyts start_at_zero
    output_ts_offset pass passlogfile force_key_frames timestamp isync enc_stats_pre
    avoid_negative_ts muxdelay muxpreload vstats vstats_file report dump sdp_file target
"""
_OF_TIME = frozenset(_OF_TIME_WORDS.split())
"""Options that count from the film's beginning, or see all of it."""

_PARAMETERS = re.compile(r"(x26[45]|svtav1|aom)-params|x264opts")
_WHOLE_PARAMETERS = re.compile(r"(^|:)(pass|stats|zones|zonefile|qpfile|keyint-min-zone)=")
_OFF_BY = 0.05
_UNTIL = "trim=end={until}"


def film_in(recipe: Recipe) -> int | None:
    """Return the index of the source's film that a recipe encodes; None where it isn't known.

    Raises CannotCut where it makes nothing that can be put together of chunks.
    """
    _line(recipe)
    streams = recipe.outputs[0].promise.streams
    if streams is None:
        return None
    films = [each for each in streams if each.kind is StreamKind.VIDEO and not each.is_cover]
    if len(films) != 1 or films[0].is_copy or films[0].source is None:
        raise CannotCut("it isn't one film that is encoded")
    if next(each for each in streams if each.kind is StreamKind.VIDEO) is not films[0]:
        raise CannotCut("another picture comes before its film")
    return films[0].source


def streams_in(recipe: Recipe, kinds: Sequence[StreamKind] = ()) -> frozenset[int] | None:
    """Return the source's streams that a recipe uses, by index; None where that isn't known.

    `kinds` are those of the source's streams, in order. Raises CannotCut as above.
    """
    streams = recipe.outputs[0].promise.streams
    if streams is not None and all(each.source is not None for each in streams):
        return frozenset(each.source for each in streams if each.source is not None)
    output = _line(recipe).outputs[0]
    if not kinds or not output.maps:
        return None
    used: set[int] = set()
    for each in output.maps:
        found = _mapped(each.streams, kinds)
        if found is None or each.label or each.takes_away:
            return None
        used |= found
    unwanted = {kind for name, kind in _WITHOUT.items() if _has(output, name)}
    return frozenset(at for at in used if kinds[at] not in unwanted)


def _has(output: Output, name: str) -> bool:
    return any(option.name == name for option in output.options)


def _mapped(specifier: str, kinds: Sequence[StreamKind]) -> set[int] | None:
    """Return the streams that a map's specifier means; None for one that isn't understood."""
    found = _SPECIFIER.fullmatch(specifier)
    if found is None:
        return None
    letter, place = found["kind"], found["place"]
    of_kind = [at for at, kind in enumerate(kinds) if not letter or kind is _LETTERS[letter]]
    if place is None:
        return set(of_kind)
    return set(of_kind[int(place) : int(place) + 1])


def chunk_recipe(
    recipe: Recipe, starts: Fraction, *, has_end: bool = False, is_anchored: bool = False
) -> Recipe:
    """Return what makes a chunk's film as a recipe makes the whole's; raise CannotCut as above.

    `starts` is when the whole source begins, in seconds of its clock. With `has_end`, the node is
    told until when the chunk's own pictures are: others are there for these to be decoded. A chunk
    that `is_anchored` begins when the whole does.
    """
    line = _line(recipe)
    output = line.outputs[0]
    words = [*_before(starts, is_anchored), "-i", "{input}", "-map", f"0:{FILM}"]
    is_filtered = False
    for option in output.options:
        if is_of_others(option) or option.name == "f":
            continue
        value = option.value
        if option.name == "filter" and value is not None and has_end:
            value, is_filtered = f"{value},{_UNTIL}", True
        words += [option.word, *([] if value is None else [value])]
    if has_end and not is_filtered:
        words += ["-filter:v:0", _UNTIL]
    suffix = _suffix(output)
    if suffix in (".mp4", ".mov"):
        words += ["-movie_timescale", _CLOCK]
    name = f"chunk{suffix}"
    promise = _promise(recipe.outputs[0].promise, has_only_its_own=not has_end)
    made = RecipeOutput(name, split_suffix(name)[1], promise=promise)
    # Whoever looks for what a preset makes of any source finds it by the preset's name.
    called = f"{recipe.name}{OF_A_CHUNK}"
    quality = recipe.quality and replace(
        recipe.quality,
        film=FILM,
        chain=",".join(filter(None, (recipe.quality.chain, _UNTIL if has_end else ""))),
        before_input=tuple(_before(starts, is_anchored)),
        words=(*recipe.quality.words[:-1], f"probe{suffix}"),
    )
    return replace(
        recipe,
        name=called,
        runs=(Run((*words, name)),),
        outputs=(made,),
        folders=(),
        quality=quality,
        # Whether a film is smaller is known once it's joined.
        smaller_by=None,
    )


def _suffix(output: Output) -> str:
    """Return the suffix of an output's chunks, by which ffmpeg chooses their format."""
    encoders = [each.name for each in output.encoders if each.kind == "video"]
    if all(map(_IN_MP4.fullmatch, encoders)) and output.muxer != "mov":
        return ".mp4"
    return _MUXERS[output.muxer]


def _before(starts: Fraction, is_anchored: bool) -> list[str]:
    """Return what keeps a chunk's times as they are in the whole, which ffmpeg lets begin at 0."""
    if is_anchored:
        return ["-copyts", "-start_at_zero"]
    return ["-copyts", *(["-itsoffset", f"{-float(starts):.6f}"] if starts else [])]


def _promise(whole: Promise, *, has_only_its_own: bool) -> Promise:
    film = next(
        (each for each in whole.streams or () if each.kind is StreamKind.VIDEO),
        PromisedStream(StreamKind.VIDEO),
    )
    return Promise(
        video=Count.ONE,
        audio=Count.NONE,
        subtitles=Count.NONE,
        duration=True,
        frames=has_only_its_own,
        off_by=max(whole.off_by, 0.0 if whole.frames and has_only_its_own else _OFF_BY),
        compare=tuple(kind for kind in whole.compare if kind in ("pictures", "levels")),
        streams=(replace(film, source=FILM),),
    )


def _line(recipe: Recipe) -> Line:
    """Return the only run of a recipe; raise CannotCut where its output can't be put together."""
    if len(recipe.runs) != 1 or recipe.runs[0].measures:
        raise CannotCut("it's made in several runs")
    if len(recipe.outputs) != 1 or recipe.outputs[0].is_folder or recipe.files_beside:
        raise CannotCut("more than one file is read or made")
    if recipe.salvage:
        raise CannotCut("what can be salvaged of it is known at the end only")
    output = recipe.outputs[0]
    try:
        line = parse_line(recipe.runs[0].arguments, suffix=output.suffix)
    except LineError as error:
        raise CannotCut("its arguments aren't understood well enough") from error
    _check(line)
    return line


def _check(line: Line) -> None:
    if len(line.outputs) != 1 or len(line.inputs) != 1:
        raise CannotCut("more than one file is read or made")
    output = line.outputs[0]
    _check_film(output)
    if output.muxer not in _MUXERS:
        raise CannotCut(f"chunks can't be joined in {output.muxer}")
    if line.complex_graphs or any(each.options for each in line.inputs):
        raise CannotCut("its arguments have a complex filter, or options for the input")
    if len(line.makes) != 1:
        raise CannotCut("more than one file is read or made")
    for option in line.all_options:
        _check_option(option)
    films = (graph for graph in output.graphs if graph.option.kind in ("video", ""))
    _check_filters(each for graph in films for each in graph.filters)


def _check_film(output: Output) -> None:
    if any(each.copies for each in output.encoders if each.kind in ("video", "")):
        raise CannotCut("its film is copied, not encoded")
    if any(option.name in ("vn", "nv") for option in output.options):
        raise CannotCut("no film is made of it")
    if len(output.maps) and any(each.takes_away for each in output.maps):
        raise CannotCut("its arguments aren't understood well enough")


def _check_option(option: Option) -> None:
    if option.name in _OF_TIME:
        raise CannotCut(f"{option.word} counts from the film's beginning")
    if _PARAMETERS.fullmatch(option.name) and _WHOLE_PARAMETERS.search(option.text):
        raise CannotCut(f"{option.word} is for the whole film")
    if option.specifier[:1].isdigit():
        raise CannotCut(f"{option.word} is about a stream by its number")


def _check_filters(filters: Iterable[Filter]) -> None:
    for each in filters:
        if each.name not in _FILTERS:
            raise CannotCut(f"the filter {each.name} may need more of the film than a chunk")
        if any(_COUNTS.search(value) for _, value in each.arguments):
            raise CannotCut(f"the filter {each.name} counts pictures, or the time")
