"""Scores a piece of a film as a node would, to tell the CRF that its node will find."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from batchff.ffmpeg.quality import height
from batchff.model.quality import Metric
from batchff.model.recipes import Quality

_FOUND = re.compile(r"(?:VMAF score: |SSIM .*All:)([0-9.]+)")
_FILM = re.compile(r"Stream #0:\d+.*?: Video: [^,(]+(?:\([^)]*\))?[^,]*, (\w+)[^\n]*?, (\d+)x(\d+)")
_MODEL = "vmaf_v1.0.16_3d0h"
_LARGE_MODEL = f"{_MODEL}_2160"
_LARGE = (2560, 1440)
_LEAST = (216, 176)
"""Of smaller pictures, by their long and short side, libvmaf fails."""
_EVERY = 5
"""Encoders give every other picture fewer bits, so an even share reads too high; a node takes an
odd one as well, of more pictures."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """How a film's pixels are kept, as ffmpeg calls that, and how many there are."""

    kind: str
    width: int
    height: int


def read_pixels(said: str) -> Pixels | None:
    """Return what ffmpeg said of the pixels of a file's first film; None where there is none."""
    found = _FILM.search(said)
    return Pixels(found[1], int(found[2]), int(found[3])) if found else None


def scoring_words(
    quality: Quality, made: Path, pixels: Pixels, source: Path, piece: tuple[float, float]
) -> list[str]:
    """Return ffmpeg's words that compare a piece's output with the source, picture by picture.

    As on a node, both are compared with the output's pixels.
    """
    same = f"settb=1/25,setpts=N,format={pixels.kind}"
    same += ",setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown"
    if quality.metric == Metric.VMAF:
        same += _enlarged(pixels)
        is_large = pixels.width > _LARGE[0] or pixels.height > _LARGE[1]
        model = _LARGE_MODEL if is_large else _MODEL
        threads = os.cpu_count() or 1
        scorer = f"libvmaf=model=version={model}:n_subsample={_EVERY}:n_threads={threads}"
    else:
        scorer = "ssim"
    chain = f"{quality.chain}," if quality.chain else ""
    graph = f"[0:V:0]{same}[made];[1:{quality.film}]{chain}{same}[source];"
    start, seconds = piece
    part = ["-ss", f"{start:.4f}", "-t", f"{seconds:.3f}", *quality.before_input]
    words = ["-i", str(made), *part, "-i", str(source)]
    graph += f"[made][source]{scorer}[scored]"
    return [*words, "-filter_complex", graph, "-map", "[scored]", "-f", "null", "-"]


def _enlarged(pixels: Pixels) -> str:
    """Return the filter that makes pictures large enough for libvmaf, if one is needed."""
    long, short = max(pixels.width, pixels.height), min(pixels.width, pixels.height)
    times = max(-(-_LEAST[0] // long), -(-_LEAST[1] // short))
    return f",scale=iw*{times}:ih*{times}:flags=bicubic" if times > 1 else ""


def read_score(said: str) -> float | None:
    """Return the score in what ffmpeg said; None where there is none."""
    found = _FOUND.findall(said)
    return float(found[-1]) if found else None


def next_crf(quality: Quality, crf: float, score: float) -> float:
    """Return the CRF that should have the target where this one had such a score."""
    top = 100.0 if quality.metric == Metric.VMAF else 1.0
    away = height(score / top) - height(quality.target / top)
    return min(max(crf + away / quality.slope, quality.best), quality.worst)
