"""What is said of a film's measured quality, and of a source that is kept."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.console.words.text import size
from batchff.model.measured import KeptSource, MeasuredQuality
from batchff.model.recipes import Recipe
from batchff.wording import counted

_MISSES = {
    "missed": "{target} missed",
    "most": "{target} can't be reached",
    "least": "{target} is less than the worst CRF gives",
}


def score(value: float, metric: str) -> str:
    """Return a score with as many digits as it tells."""
    return f"{value:.4f}" if metric == "ssim" else f"{value:.1f}"


def crf_words(quality: MeasuredQuality) -> str:
    """Return the CRF, or from which to which it is in chunks."""
    least, most = quality.least_crf, quality.most_crf
    return f"CRF {least:g}" if least == most else f"CRF {least:g} to {most:g}"


def quality_words(quality: MeasuredQuality) -> str:
    """Return what was measured of a film, and by which CRF it came."""
    name = quality.metric.upper()
    tries = f"{counted(quality.probes, 'probe')}, {counted(quality.encodes, 'encode')}"
    if quality.chunks > 1:
        tries += f" of {quality.chunks} chunks"
    if quality.mean is None or quality.p5 is None or quality.worst_second is None:
        return f"{name} not measured, {crf_words(quality)}"
    p5, worst = score(quality.p5, quality.metric), score(quality.worst_second, quality.metric)
    at = quality.worst_second_at or 0
    target = f"{quality.target:g}"
    miss = _MISSES.get(quality.end, "").format(target=target)
    return (
        f"{name} {score(quality.mean, quality.metric)}{f' ({miss})' if miss else ''}, P5 {p5}, "
        f"worst second {worst} at {at // 60}:{at % 60:02}, {crf_words(quality)}, {tries}"
    )


def asked_words(recipe: Recipe) -> str:
    """Return which quality and size a recipe asks for; nothing where it asks for none."""
    asked, said = recipe.quality, []
    if asked is not None:
        said = [f"{asked.metric.upper()} {asked.target:g}, {asked.tolerance:g} more or less"]
        said += [f"CRF {asked.best:g} to {asked.worst:g}"]
        if "-maxrate:v:0" in asked.words:
            said += [f"at most {asked.words[asked.words.index('-maxrate:v:0') + 1]} bit/s"]
    if recipe.smaller_by is not None:
        share = f" by {100 * recipe.smaller_by:g} %" if recipe.smaller_by else ""
        said += [f"only where it's smaller{share}"]
    return ", ".join(said)


def kept_words(kept: KeptSource) -> str:
    """Return that a source was kept, and why."""
    return (
        f"source kept: the output would have {size(kept.output_bytes)}, "
        f"the source {size(kept.source_bytes)}"
    )


def range_words(qualities: Iterable[MeasuredQuality]) -> str:
    """Return between which scores films are; nothing where none was measured."""
    known = [each for each in qualities if each.mean is not None]
    if not known:
        return ""
    metric = known[0].metric
    means = sorted(each.mean for each in known if each.mean is not None and each.metric == metric)
    low, high = score(means[0], metric), score(means[-1], metric)
    return f"{metric.upper()} {low}" if low == high else f"{metric.upper()} {low} to {high}"
