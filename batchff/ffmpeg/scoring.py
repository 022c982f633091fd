"""Scores a piece of a film as a node would, to tell the CRF that its node will find."""

from __future__ import annotations

import os
import re
from pathlib import Path

from batchff.ffmpeg.quality import height
from batchff.model.quality import Metric
from batchff.model.recipes import Quality

_FOUND = re.compile(r"(?:VMAF score: |SSIM .*All:)([0-9.]+)")
_MODEL = "vmaf_v1.0.16_3d0h"
_EVERY = 4


def scoring_words(
    quality: Quality, made: Path, source: Path, piece: tuple[float, float]
) -> list[str]:
    """Return ffmpeg's words that compare a piece's output with the source, picture by picture."""
    number = "settb=1/25,setpts=N,format=yuv420p"
    unnamed = "setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown"
    chain = f"{quality.chain}," if quality.chain else ""
    graph = f"[0:V:0]{number},{unnamed}[made];[1:{quality.film}]{chain}{number},{unnamed}[source];"
    if quality.metric == Metric.VMAF:
        threads = os.cpu_count() or 1
        scorer = f"libvmaf=model=version={_MODEL}:n_subsample={_EVERY}:n_threads={threads}[scored]"
    else:
        scorer = "ssim[scored]"
    start, seconds = piece
    part = ["-ss", f"{start:.4f}", "-t", f"{seconds:.3f}", *quality.before_input]
    words = ["-i", str(made), *part, "-i", str(source)]
    graph = f"{graph}[made][source]{scorer}"
    return [*words, "-filter_complex", graph, "-map", "[scored]", "-f", "null", "-"]


def read_score(said: str) -> float | None:
    """Return the score in what ffmpeg said; None where there is none."""
    found = _FOUND.findall(said)
    return float(found[-1]) if found else None


def next_crf(quality: Quality, crf: float, score: float) -> float:
    """Return the CRF that should have the target where this one had such a score."""
    top = 100.0 if quality.metric == Metric.VMAF else 1.0
    away = height(score / top) - height(quality.target / top)
    return min(max(crf + away / quality.slope, quality.best), quality.worst)
