"""The job that a command needs, as flags, environment and profile specify it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cli.options.limits import asked_limits
from batchff.cli.options.pool_request import asked_by_flags, asked_pool
from batchff.pipeline.submit.request import JobRequest

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cli.options.recipes import Chosen
    from batchff.model.places import BlobPlace
    from batchff.pipeline.output_names import Naming


def asked_job(
    invocation: Invocation,
    chosen: Chosen,
    job: str | None,
    pool: str | None,
    naming: Naming,
    to: BlobPlace | None = None,
    *,
    keep_times: bool = False,
    beside: tuple[str, ...] = (),
    language: str = "",
    salvage: bool = False,
) -> JobRequest:
    """Return the settings of a job and its pool; raise UsageError for impossible ones.

    `beside` are the patterns of second inputs, `language` is the one to hear. With `salvage`, what
    can be made of a source that is cut off or damaged is kept.
    """
    return JobRequest(
        recipes=tuple(replace(recipe, salvage=salvage) for recipe in chosen.recipes),
        makers=chosen.makers,
        language=language,
        salvage=salvage,
        limits=asked_limits(invocation.profile),
        pool_spec=asked_pool(invocation),
        input_container=invocation.require("input_container"),
        output_container=invocation.require("output_container"),
        ffmpeg_container=invocation.require("ffmpeg_container"),
        asked=asked_by_flags(invocation),
        job=job or "",
        pool=pool or "",
        naming=naming,
        to=to,
        keep_times=keep_times,
        beside=beside,
    )
