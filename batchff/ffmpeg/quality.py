"""A recipe gets the quality that its film must have, in place of its CRF."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from batchff.errors import UsageError
from batchff.ffmpeg.line import Line, LineError, parse_line
from batchff.ffmpeg.line.model import Encoder, Output
from batchff.ffmpeg.options_of_streams import is_of_others
from batchff.model.inspection import StreamKind
from batchff.model.paths import split_suffix
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Quality, Recipe

CRF = "{measured:crf}"
_NOT_OF_SAMPLES = frozenset({"f", "filter", "shortest", "pass", "passlogfile"})
"""Options of a film that its samples, which come through its filters, are encoded without."""

_SOUND = re.compile(r"sound\d+_.*|left_right")
"""The labels of sounds that mono streams become."""


TOLERANCES = {Metric.VMAF: 0.5, Metric.SSIM: 0.002}
"""By how much a film may miss what is asked for, unless that is said."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """What an encoder's CRF is like.

    `usual` is the CRF of VMAF 90 and SSIM 0.97 in the middle of many films, `slopes` by how much
    the logarithm of what a score has for what it lacks falls with each CRF.
    """

    best: float
    worst: float
    step: float
    usual: dict[Metric, float]
    slopes: dict[Metric, float]
    fine_since: int = 0
    takes_most_rate: bool = True
    highest: float = 63
    """The encoder's own highest CRF."""


_MIDDLE = {Metric.VMAF: 0.90, Metric.SSIM: 0.97}
_V, _S = Metric.VMAF, Metric.SSIM
_SCALES = {
    "libx264": _Scale(8, 45, 0.1, {_V: 29.5, _S: 28}, {_V: 0.16, _S: 0.09}, highest=51),
    "libx265": _Scale(8, 45, 0.1, {_V: 28, _S: 27}, {_V: 0.16, _S: 0.09}, highest=51),
    "libsvtav1": _Scale(10, 60, 0.25, {_V: 47, _S: 46}, {_V: 0.085, _S: 0.06}, fine_since=8),
    "libvpx-vp9": _Scale(10, 60, 1, {_V: 38, _S: 38}, {_V: 0.09, _S: 0.06}, takes_most_rate=False),
    "libaom-av1": _Scale(10, 60, 1, {_V: 38, _S: 40}, {_V: 0.09, _S: 0.06}, takes_most_rate=False),
}


def with_quality(recipe: Recipe, asked: AskedQuality) -> Recipe:
    """Return a recipe whose CRF its node finds; raise UsageError where it has none to find.

    Where nothing is known of a source yet, the recipe only shows that it can be.
    """
    if asked.smaller_by is not None:
        recipe = _smaller(recipe, asked.smaller_by)
    if asked.metric is None:
        return recipe
    lines = _encoding(recipe, asked.metric)
    output = lines[-1].outputs[0]
    encoder = _encoder(output, recipe)
    scale = _SCALES[encoder.name]
    if asked.most_rate and not scale.takes_most_rate:
        raise UsageError(
            f"{encoder.name} takes no highest bit rate beside a CRF",
            hint="leave out --max-rate, or choose a preset of another encoder",
        )
    if asked.worst is not None and asked.worst > scale.highest:
        raise UsageError(
            f"--crf-range: the CRF of {encoder.name} is at most {scale.highest:g}, not "
            f"{asked.worst:g}",
            hint=f"end it at {scale.worst:g}, as it does without this option",
        )
    rate = ("-maxrate:v:0", asked.most_rate, "-bufsize:v:0", asked.most_rate)
    capped = rate if asked.most_rate else ()
    runs = tuple(
        replace(run, arguments=_with_crf(run.arguments, line.outputs[0], encoder, capped))
        for run, line in zip(recipe.runs, lines, strict=True)
    )
    suffix = split_suffix(recipe.outputs[0].node_name)[1]
    quality = Quality(
        metric=asked.metric.value,
        target=asked.target,
        tolerance=TOLERANCES[asked.metric] if asked.tolerance is None else asked.tolerance,
        best=scale.best if asked.best is None else asked.best,
        worst=scale.worst if asked.worst is None else asked.worst,
        step=scale.step,
        start=_start(asked, scale),
        slope=scale.slopes[asked.metric],
        film=_film(recipe),
        chain=_chain(output),
        words=("-map", "0:v:0", *capped, *_sample_words(output), f"probe{suffix}"),
        fine_since=scale.fine_since,
    )
    return replace(recipe, runs=runs, quality=quality)


def without_quality(recipe: Recipe, crf: str = "") -> Recipe:
    """Return a recipe with this CRF in place of the one that a node finds.

    Without one it's for what has no film to speak of: any CRF will do.
    """
    quality = recipe.quality
    if quality is None:
        return replace(recipe, smaller_by=None)
    runs = tuple(
        replace(
            run,
            arguments=tuple(
                word.replace(CRF, crf or f"{quality.start:g}") for word in run.arguments
            ),
        )
        for run in recipe.runs
    )
    return replace(recipe, runs=runs, quality=None, smaller_by=None)


def _smaller(recipe: Recipe, share: float) -> Recipe:
    if len(recipe.outputs) != 1 or recipe.outputs[0].is_folder:
        raise UsageError(
            f"--smaller-only compares a file with one that is made of it, and {recipe.name} makes "
            "several",
            hint="leave it out, or choose another preset",
        )
    return replace(recipe, smaller_by=share)


def _encoding(recipe: Recipe, metric: Metric) -> list[Line]:
    """Return what each run of a recipe says, of which the last one encodes the film."""

    def refused(why: str) -> UsageError:
        return UsageError(
            f"--{metric} needs a preset that encodes a film with a CRF, and {recipe.name} {why}",
            hint="as h264, hevc, av1 and vp9 do: batchff preset list",
        )

    if len(recipe.outputs) != 1 or recipe.outputs[0].is_folder:
        raise refused("makes more than one file")
    lines: list[Line] = []
    for run in recipe.runs:
        is_last = run is recipe.runs[-1]
        suffix = recipe.outputs[0].suffix
        try:
            line = parse_line(
                run.arguments,
                suffix=suffix,
                earlier=lines,
                may_only_measure=not is_last,
                lacking=[],
            )
        except LineError as error:
            raise refused("has arguments that aren't understood well enough") from error
        if len(line.inputs) != 1 or line.inputs[0].options or len(line.outputs) != 1:
            raise refused("reads or makes several files, or has options for its input")
        if not any(each.name == "crf" for each in line.outputs[0].options):
            raise refused("has none")
        if any(each.label and not _SOUND.fullmatch(each.label) for each in line.outputs[0].maps):
            raise refused("makes its film by a complex filter")
        lines.append(line)
    return lines


def _encoder(output: Output, recipe: Recipe) -> Encoder:
    """Return the encoder of the film; raise UsageError for one whose CRF isn't known."""
    found = [each for each in output.encoders if each.kind in ("video", "") and not each.copies]
    known = [each for each in found if each.name in _SCALES]
    if not known:
        names = ", ".join(dict.fromkeys(each.name for each in found)) or "none"
        raise UsageError(
            f"a CRF can't be found for the encoder of {recipe.name}: {names}",
            hint=f"it can for {', '.join(_SCALES)}",
        )
    return known[0]


def _with_crf(
    arguments: tuple[str, ...], output: Output, encoder: Encoder, capped: tuple[str, ...]
) -> tuple[str, ...]:
    """Return a run's arguments with the CRF's place.

    It's in another one too, where the encoder's option takes whole numbers only.
    """
    words = list(arguments)
    option = next(each for each in output.options if each.name == "crf")
    words[option.at + 1] = CRF
    added = list(capped)
    if encoder.name == "libsvtav1":
        own = next((each for each in output.options if each.name == "svtav1-params"), None)
        if own is None:
            added += ["-svtav1-params", f"crf={CRF}"]
        else:
            words[own.at + 1] = f"{own.text}:crf={CRF}"
    words[option.at : option.at] = added
    return tuple(words)


def _sample_words(output: Output) -> list[str]:
    """Return what encodes a sample: the film's options, without its filters."""
    words: list[str] = []
    has_parameters = False
    is_svt = any(each.name == "libsvtav1" for each in output.encoders)
    for option in output.options:
        if is_of_others(option) or option.name in _NOT_OF_SAMPLES:
            continue
        value = option.value
        if option.name == "crf":
            value = CRF
        elif option.name == "svtav1-params" and is_svt:
            value, has_parameters = f"{option.text}:crf={CRF}", True
        words += [option.word, *([] if value is None else [value])]
    if is_svt and not has_parameters:
        words += ["-svtav1-params", f"crf={CRF}"]
    return words


def _chain(output: Output) -> str:
    chains = [
        option.text
        for option in output.options
        if option.name == "filter" and option.kind in ("video", "")
    ]
    return chains[-1] if chains else ""


def _film(recipe: Recipe) -> int:
    streams = recipe.outputs[0].promise.streams or ()
    films = [each for each in streams if each.kind is StreamKind.VIDEO and not each.is_cover]
    return films[0].source or 0 if films else 0


def _start(asked: AskedQuality, scale: _Scale) -> float:
    """Return the CRF that reaches a target in the middle of many films."""
    assert asked.metric is not None
    share = asked.target / (100 if asked.metric is Metric.VMAF else 1)
    away = height(share) - height(_MIDDLE[asked.metric])
    start = scale.usual[asked.metric] - away / scale.slopes[asked.metric]
    least = scale.best if asked.best is None else asked.best
    most = scale.worst if asked.worst is None else asked.worst
    return round(min(max(start, least), most), 1)


def height(share: float) -> float:
    """Return what falls evenly with the CRF, of a score as a share of the best: its log-odds."""
    share = min(max(share, 0.0005), 0.9995)
    return math.log(share / (1 - share))
