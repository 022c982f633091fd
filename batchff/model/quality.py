"""The quality and the size that a call asks of each film."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """How a quality is measured."""

    VMAF = "vmaf"
    SSIM = "ssim"


@dataclass(frozen=True, slots=True)
class AskedQuality:
    """What a call asks of each film's quality.

    CRF may be from `best` to `worst`, where these are given. `most_rate` is the highest bit rate,
    as ffmpeg writes it. With `smaller_by`, what isn't smaller than its source by this share is
    dropped.
    """

    metric: Metric | None = None
    target: float = 0.0
    tolerance: float | None = None
    best: float | None = None
    worst: float | None = None
    most_rate: str = ""
    smaller_by: float | None = None
