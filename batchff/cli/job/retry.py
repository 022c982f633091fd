"""`batchff job retry`: encodes again what failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobId
from batchff.cli.options.limits import changed_limits
from batchff.cli.options.settings import with_settings
from batchff.cli.options.shared import PoolId, Yes
from batchff.cli.words.confirm import confirmed
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from batchff.model.places import BlobPlace
    from batchff.pipeline.retry.plan import Retry
    from batchff.pipeline.retry.run import Retried

app = App()

_SHOWN = 5

Media = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="URL",
        help="The URL of the job's media with a new SAS, if the media was given with a SAS.",
        show_default=False,
    ),
]


@app.command()
@with_settings("pool", "job")
def retry(
    context: typer.Context,
    job: JobId,
    pool: PoolId = None,
    media: Media = None,
    yes: Yes = False,
) -> CommandResult:
    """Encode again only what failed in a job, or never ran.

    Files that the job can't run any more go to a new job, which writes to the same outputs. Limits
    that you don't give stay as the job has them; the defaults below don't apply.
    """
    from batchff.cli.options.pool_request import asked_by_flags, asked_pool
    from batchff.events import Notice
    from batchff.model.states import PoolState
    from batchff.pipeline.job.limits import check_limits, check_sas_life
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.node_ffmpeg.equip import Supply
    from batchff.pipeline.pool.gpu import refuse_without_gpu
    from batchff.pipeline.pool.make import choose_pool, use_as_is
    from batchff.pipeline.retry import run as stage
    from batchff.pipeline.retry.plan import plan_retry

    invocation = invocation_of(context)
    pool = checked_id(pool, "--pool") if pool else None
    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    change = changed_limits(invocation)
    now = datetime.now(UTC)
    planned = plan_retry(job, batch, storage, now, change, _given(media, now))
    check_limits(planned.plan.limits)
    _check_sas_of_media(planned, now)
    wanted = asked_pool(invocation)
    if pool is None:
        existing = batch.pools.get(planned.plan.pool)
        pool = (
            planned.plan.pool
            if existing is not None and existing.state == PoolState.ACTIVE
            else choose_pool(planned.new_job, wanted, batch, keep=False)
        )
    spec = use_as_is(pool, wanted, batch, console, asked=asked_by_flags(invocation))
    if not invocation.profile.has_nodes_here:
        refuse_without_gpu(planned.plan.recipes, spec.vm_size)
    if not spec.identity:
        check_sas_life(planned.plan.limits, storage.longest_sas)
    if planned.files and not yes and not confirmed("Encode these again?", _details(planned, pool)):
        return _result(planned, stage.Retried(0, 0, ()), "nothing was changed")
    container, needed = invocation.require("ffmpeg_container"), planned.plan.limits.worst_case
    supply = Supply(storage, container, needed)
    done = stage.retry(planned, pool, spec, batch, supply, console)
    if not planned.files:
        return _result(planned, done, f"nothing in job {planned.jobs[0]} needs to be encoded again")
    console.report(Notice(f"watch it with: batchff watch {planned.jobs[0]}"))
    return _result(planned, done, "\n".join(done.jobs))


def _given(media: str | None, now: datetime) -> BlobPlace | None:
    """Return the place that --input names; raise UsageError for one without a SAS that is good."""
    from batchff.pipeline.cloud_media.address import read_address
    from batchff.pipeline.cloud_media.given_sas import read_sas

    if media is None:
        return None
    place = read_address(media)
    read_sas(place.sas, now)
    return place


def _check_sas_of_media(planned: Retry, now: datetime) -> None:
    """Raise UsageError where tasks of a new job could outlive the SAS that was given."""
    from batchff.pipeline.cloud_media.given_sas import read_sas
    from batchff.pipeline.job.limits import check_given_sas

    source = planned.plan.source
    if planned.moved and source is not None and source.sas:
        check_given_sas(read_sas(source.sas, now).ends, planned.plan.limits, now)


def _result(planned: Retry, done: Retried, text: str) -> CommandResult:
    from batchff.results.job.retry import JobRetry

    return CommandResult(
        JobRetry(
            job=planned.jobs[0],
            files=planned.files,
            reactivated=done.reactivated,
            moved=done.moved,
            jobs=done.jobs,
        ),
        text=text,
    )


def _details(planned: Retry, pool: str) -> str:
    from batchff.console.words.text import printable

    files = planned.files
    lines = [f"  {printable(name)}" for name in files[:_SHOWN]]
    if len(files) > _SHOWN:
        lines.append(f"  and {len(files) - _SHOWN} more")
    if planned.reactivated:
        lines.append(f"to run again in the job they are in: {len(planned.reactivated)}")
    if planned.moved:
        lines.append(f"to run in job {planned.new_job} on pool {pool}: {len(planned.moved)}")
    return "\n".join(lines)
