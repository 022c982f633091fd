"""The job that a call asks for, whatever files it's for: by flags, environment and profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.cli.options.limits import asked_limits
from batchff.cli.options.pool_request import asked_by_flags, asked_pool
from batchff.pipeline.submit.planning import JobRequest

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.ffmpeg.presets import Preset


def asked_job(
    invocation: Invocation, preset: Preset, job: str | None, pool: str | None
) -> JobRequest:
    """Return what is asked of a job; raise UsageError for what no job, or no pool, can be."""
    return JobRequest(
        preset=preset,
        limits=asked_limits(invocation.profile),
        pool_spec=asked_pool(invocation),
        input_container=invocation.require("input_container"),
        output_container=invocation.require("output_container"),
        asked=asked_by_flags(invocation),
        job=job or "",
        pool=pool or "",
    )
