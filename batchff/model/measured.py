"""The quality that a node measured of a film."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasuredQuality:
    """What was asked for, what came out, and by which CRF.

    `metric` is `vmaf` or `ssim`, `model` the one of VMAF. `mean` is of all measured pictures, `p5`
    what 5 % of them are below, `worst_second` the mean of the second that begins at
    `worst_second_at`; all are None where nothing could be measured. CRF is from `least_crf` to
    `most_crf`: these differ where a film was made of several `chunks`. There were so many `probes`,
    and so many `encodes` of the whole. `end` is `reached`, `missed`, `most` where no CRF that may
    be is good enough, `least` where each one is better, or `unmeasured`.
    """

    metric: str
    model: str
    target: float
    mean: float | None
    p5: float | None
    worst_second: float | None
    worst_second_at: int | None
    least_crf: float
    most_crf: float
    probes: int
    encodes: int
    chunks: int
    end: str


@dataclass(frozen=True, slots=True)
class KeptSource:
    """The sizes in bytes of a source that was kept, and of the output that wasn't smaller."""

    source_bytes: int
    output_bytes: int
