"""The options by which a quality is asked for, and a size: --vmaf, --ssim, --smaller-only …"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from batchff.cli.options.quality_key import ASKED_QUALITY
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError
from batchff.model.quality import AskedQuality, Metric

Command = Callable[..., CommandResult]

_RATE = re.compile(r"\d{1,9}(\.\d{1,3})?[kM]?")
_LEAST_RATE = 10_000.0
"""Bits a second; encoders take less than a thousand for no limit at all."""

_OPTIONS: dict[str, Any] = {
    "vmaf": Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Give each film the quality VMAF N, as in --vmaf 93: its node finds the CRF, "
            "measures the output and encodes again what misses. See 'batchff help quality'.",
        ),
    ],
    "ssim": Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="As --vmaf, by SSIM, which every ffmpeg can measure: as in --ssim 0.98.",
        ),
    ],
    "tolerance": Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="By how much a film may miss --vmaf or --ssim.  [default: 0.5, or 0.002 of SSIM]",
        ),
    ],
    "crf_range": Annotated[
        str | None,
        typer.Option(
            metavar="LOW-HIGH",
            help="From which to which CRF they may go: at most 51 for x264 and x265, else 63.",
        ),
    ],
    "max_rate": Annotated[
        str | None,
        typer.Option(
            metavar="RATE",
            help="The most bits a second that --vmaf and --ssim may take, as in 6M or 800k.",
        ),
    ],
    "smaller_only": Annotated[
        bool,
        typer.Option(
            "--smaller-only", help="Drop an output that isn't smaller than its source. See --share."
        ),
    ],
    "share": Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT",
            help="By how much an output must be smaller, for --smaller-only.  [default: 0]",
        ),
    ],
}


def with_quality_options(command: Command) -> Command:
    """Add the options to a command, which doesn't get their values: `chosen_recipes` does."""

    @functools.wraps(command)
    def with_options(context: typer.Context, **given: Any) -> CommandResult:
        values = {name: given.pop(name) for name in _OPTIONS}
        context.meta[ASKED_QUALITY] = asked_quality(**values)
        return command(context, **given)

    own = inspect.signature(command, eval_str=True)
    options = (
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "smaller_only" else None,
            annotation=annotation,
        )
        for name, annotation in _OPTIONS.items()
    )
    # What Typer reads a command's options from.
    with_options.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*own.parameters.values(), *options]
    )
    return with_options


def bits_a_second(rate: str) -> float:
    """Return a bit rate as ffmpeg reads it: `6M`, `800k` or a number of bits."""
    factor = {"k": 1e3, "M": 1e6}.get(rate[-1], 1.0)
    return float(rate.rstrip("kM")) * factor


def asked_quality(
    *,
    vmaf: float | None = None,
    ssim: float | None = None,
    tolerance: float | None = None,
    crf_range: str | None = None,
    max_rate: str | None = None,
    smaller_only: bool = False,
    share: float | None = None,
) -> AskedQuality | None:
    """Return what the options ask for, None for nothing; raise UsageError for what can't be."""
    if share is not None and not smaller_only:
        raise UsageError("--share is for --smaller-only", hint="add that, or leave --share out")
    if not 0 <= (share or 0.0) < 100:
        raise UsageError("--share is from 0 to less than 100 percent", hint="as in --share 10")
    smaller_by = (share or 0.0) / 100 if smaller_only else None
    if vmaf is None and ssim is None:
        for option, value in (
            ("--tolerance", tolerance),
            ("--crf-range", crf_range),
            ("--max-rate", max_rate),
        ):
            if value is not None:
                raise UsageError(f"{option} is for --vmaf and --ssim", hint="give one of these")
        return AskedQuality(smaller_by=smaller_by) if smaller_only else None
    if vmaf is not None and ssim is not None:
        raise UsageError("--vmaf and --ssim exclude each other", hint="leave one out")
    if vmaf is not None and not 20 <= vmaf <= 99.5:
        raise UsageError("--vmaf is from 20 to 99.5", hint="as in --vmaf 93")
    if ssim is not None and not 0.5 <= ssim <= 0.999:
        raise UsageError("--ssim is from 0.5 to 0.999", hint="as in --ssim 0.98")
    metric = Metric.SSIM if vmaf is None else Metric.VMAF
    least, most = (0.1, 10.0) if metric is Metric.VMAF else (0.0002, 0.05)
    if tolerance is not None and not least <= tolerance <= most:
        raise UsageError(
            f"--tolerance is from {least:g} to {most:g} for --{metric}", hint="leave it out"
        )
    best, worst = _range(crf_range)
    if max_rate is not None and not _RATE.fullmatch(max_rate):
        raise UsageError(f"--max-rate: {max_rate!r} is no bit rate", hint="as in 6M or 800k")
    if max_rate is not None and bits_a_second(max_rate) < _LEAST_RATE:
        raise UsageError(
            f"--max-rate {max_rate} is {bits_a_second(max_rate):g} bits a second, too little for "
            "any film",
            hint="as in 6M or 800k",
        )
    target = ssim if vmaf is None else vmaf
    assert target is not None
    return AskedQuality(metric, target, tolerance, best, worst, max_rate or "", smaller_by)


def _range(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    found = re.fullmatch(r"(\d{1,2}(?:\.\d)?)-(\d{1,2}(?:\.\d)?)", text)
    if found is None or not 0 < float(found[1]) < float(found[2]) <= 63:
        raise UsageError(f"--crf-range: {text!r} is no range of CRF", hint="as in 16-36")
    return float(found[1]), float(found[2])
