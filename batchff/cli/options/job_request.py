"""The job that a command needs, as flags, environment and profile specify it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchff.cli.options.limits import asked_limits
from batchff.cli.options.pool_request import asked_by_flags, asked_pool
from batchff.pipeline.submit.planning.request import JobRequest

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cli.options.recipes import Chosen
    from batchff.model.places import BlobPlace
    from batchff.pipeline.output_names import Naming


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How a call wants its outputs: their names, where they go `to`, their times, their language.

    With `salvage`, what can be made of a source that is cut off or damaged is kept. `beside` are
    the patterns of second inputs. `chunk` is how long chunks of a film are, as in a job's request.
    """

    naming: Naming
    to: BlobPlace | None
    keep_times: bool
    language: str
    salvage: bool
    beside: tuple[str, ...] = ()
    chunk: float | None = None


def asked_job(
    invocation: Invocation,
    chosen: Chosen,
    job: str | None,
    pool: str | None,
    outputs: OutputOptions,
) -> JobRequest:
    """Return the settings of a job and its pool; raise UsageError for impossible ones."""
    return JobRequest(
        recipes=tuple(replace(recipe, salvage=outputs.salvage) for recipe in chosen.recipes),
        makers=chosen.makers,
        language=outputs.language,
        salvage=outputs.salvage,
        limits=asked_limits(invocation.profile),
        pool_spec=asked_pool(invocation),
        input_container=invocation.require("input_container"),
        output_container=invocation.require("output_container"),
        ffmpeg_container=invocation.require("ffmpeg_container"),
        asked=asked_by_flags(invocation),
        job=job or "",
        pool=pool or "",
        naming=outputs.naming,
        to=outputs.to,
        keep_times=outputs.keep_times,
        beside=outputs.beside,
        chunk=outputs.chunk,
        command=invocation.command_line,
    )
