"""What of an output must look and sound as its source, so that a node can compare them."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from batchff.model.inspection import Inspection, StreamKind
from batchff.model.recipes import Recipe, RecipeOutput, Run

_INPUT = "{input}"
_MAY_CHANGE = re.compile(
    r"-(filter_complex|lavfi|filter_script|/filter|bsf|hwaccel|init_hw_device|filter_hw_device"
    r"|itsoffset|ss|sseof|t|to|r|frames|[vad]frames|fs|shortest|copyts|output_ts_offset|timestamp|vsync|async|top|vol"
    r"|map_channel|pass_through|display_\w+|metadata:s:v\S*|display|noautorotate|autorotate"
    r"|apply_cropping|stream_loop|loop|isync)(:\S*)?"
)
"""Options that may change when something is seen or heard, or how."""
_PICTURE_FILTERS = frozenset(
    {
        *("yadif", "bwdif", "scale", "setsar", "setdar", "format", "null"),
        *("zscale", "tonemap", "setparams", "sidedata"),
    }
)
_KEEP_LEVELS = frozenset(
    {
        *("libx264", "libx265", "h264_nvenc", "hevc_nvenc", "av1_nvenc", "libvpx", "libvpx-vp9"),
        *("libaom-av1", "libsvtav1", "mpeg4", "prores_ks", "prores", "dnxhd", "ffv1"),
    }
)
"""Encoders that make no RGB of what isn't RGB, nor a palette."""
_LEVEL_FILTERS = frozenset({"zscale", "tonemap"})
_EXACT_SOUND = re.compile(r"flac|alac|wavpack|tta|pcm_\w+")
"""Encoders that put nothing before the first sound."""
_SOUND_FILTERS = frozenset({"aresample", "aformat", "anull", "asetnsamples"})


def with_comparison(recipe: Recipe, inspection: Inspection) -> Recipe:
    """Return a recipe with what its node shall compare: of one output, where that's plain."""
    # How grey a colour is depends on the matrix that RGB is made into, and on what is behind it.
    pictures = [each.picture for each in inspection.streams if each.picture]
    has_levels = not any(picture.is_rgb or picture.has_alpha for picture in pictures)
    outputs = list(recipe.outputs)
    for index, output in enumerate(outputs):
        run = next((run for run in recipe.runs if output.node_name in run.arguments), None)
        if run is None or not (kinds := _kinds(output, run, has_levels)):
            continue
        outputs[index] = replace(output, promise=replace(output.promise, compare=kinds))
        return replace(recipe, outputs=tuple(outputs))
    return recipe


def _kinds(output: RecipeOutput, run: Run, has_levels: bool) -> tuple[str, ...]:
    """Return what of an output can be compared with the source."""
    promise, words = output.promise, run.arguments
    if output.is_folder or not promise.streams or not promise.duration or not promise.decodes:
        return ()
    if not _reads_plainly(words) or any(map(_may_change, words)):
        return ()
    video, audio = _filters(words)
    made = {each.kind for each in promise.streams if not each.is_copy and each.source is not None}
    found = []
    # AVI has no times: what MP3 puts before a sound moves its pictures.
    has_times = not output.node_name.endswith(".avi")
    if promise.frames and has_times and StreamKind.VIDEO in made and video <= _PICTURE_FILTERS:
        found.append("pictures")
        keeps = not video & _LEVEL_FILTERS and not any(map(_may_change_levels, words))
        if has_levels and keeps and _codecs(words) <= _KEEP_LEVELS:
            found.append("levels")
    if StreamKind.AUDIO in made and audio <= _SOUND_FILTERS:
        found.append("sound")
        if _sound_codecs(words) and all(map(_EXACT_SOUND.fullmatch, _sound_codecs(words))):
            found.append("exact")
    return tuple(found)


def _reads_plainly(words: tuple[str, ...]) -> bool:
    """Return whether a run reads the source alone, and no otherwise than the node does."""
    return words[:2] == ("-i", _INPUT) and words.count("-i") == 1


def _may_change(word: str) -> bool:
    return _MAY_CHANGE.fullmatch(word) is not None


def _may_change_levels(word: str) -> bool:
    """Return whether a word may say how grey a colour is, or what is black and white."""
    word = word.replace("out_range=tv", "")
    formats = "|".join(re.findall(r"\bformat=(?:pix_fmts=)?([\w|]+)", word)).split("|")
    return (
        "range" in word
        or "color_matrix" in word
        or re.match(r"-color(space|_)", word) is not None
        or not all(_is_yuv(name) for name in formats if name)
    )


def _is_yuv(pixels: str) -> bool:
    return re.match(r"yuv(?!j)|nv12|p010", pixels) is not None


def _codecs(words: tuple[str, ...]) -> set[str]:
    """Return the encoders of pictures; an empty name where that may be RGB."""
    pairs = list(itertools.pairwise(words))
    codecs = {value for word, value in pairs if re.fullmatch(r"-(c|codec):v\S*|-vcodec", word)}
    formats = {value for word, value in pairs if re.fullmatch(r"-pix_fmt\S*", word)}
    return codecs if codecs and all(map(_is_yuv, formats)) else {""}


def _sound_codecs(words: tuple[str, ...]) -> set[str]:
    """Return the encoders of sounds that the words name."""
    pairs = itertools.pairwise(words)
    return {value for word, value in pairs if re.fullmatch(r"-(c|codec):a\S*|-acodec", word)}


def _filters(words: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Return the names of the filters of pictures, and of those of sounds."""
    video: set[str] = set()
    audio: set[str] = set()
    for word, value in itertools.pairwise(words):
        if re.fullmatch(r"-vf|-filter(:v\S*)?", word):
            video |= _names(value)
        if re.fullmatch(r"-af|-filter(:a\S*)?", word):
            audio |= _names(value)
    return video, audio


def _names(graph: str) -> set[str]:
    """Return the names of a chain's filters; of a comma within quotes no more is known."""
    plain = re.sub(r"'[^']*'|\\.", "", graph)
    return {part.partition("=")[0].partition("@")[0].strip() for part in plain.split(",")}
