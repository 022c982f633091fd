"""Pools: nodes that have ffmpeg. A pool is made, or one that exists is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError, PoolError
from batchff.events import Notice, Warned
from batchff.events.pools import PoolReady
from batchff.model.jobs import JobStatus
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import NewPool, PoolSpec, PoolStatus
from batchff.model.states import JOB_ENDED, PoolState
from batchff.pipeline.node_ffmpeg.equip import Supply, equip, renew
from batchff.pipeline.pool.autoscale import EVALUATION_INTERVAL, scaling_formula
from batchff.pipeline.pool.images import choose_image, image_warnings
from batchff.pipeline.pool.resize import change_formula
from batchff.pipeline.pool.spec import (
    COUNTS,
    checked_spec,
    differences,
    pool_name,
)

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def choose_pool(
    job: str, spec: PoolSpec, batch: Batch, *, keep: bool, named: str | None = None
) -> str:
    """Return the id of the pool that a job's `submit` should use or make.

    That's the pool of the existing job, or the one that the user `named`, or a shared one of the
    same specification, or a new one for this job alone. An id that is still being deleted gets a
    number. Raises PoolError for a named pool where the job goes on in another.
    """
    existing = batch.jobs.get(job)
    if existing is not None:
        if named and _goes_on_elsewhere(existing, named):
            raise PoolError(
                f"job {existing.id!r} goes on in pool {existing.pool_id!r}, not in {named!r}",
                hint="leave out --pool to continue it there, or start another job with --job",
            )
        return existing.pool_id
    if named:
        return named
    shared = pool_name(spec)
    status = batch.pools.get(shared)
    if status is not None and status.state == PoolState.ACTIVE:
        return shared
    wanted = shared if keep else job
    for name in (wanted, *(f"{wanted[:60]}-{number}" for number in range(2, 100))):
        status = batch.pools.get(name)
        if status is None or status.state == PoolState.ACTIVE:
            return name
    raise PoolError(f"a hundred pools like {wanted!r} are being deleted", hint="wait for them")


def _goes_on_elsewhere(job: JobStatus, pool: str) -> bool:
    return (
        job.batchff is not None
        and job.state not in JOB_ENDED
        and job.pool_id.lower() != pool.lower()
    )


def require_same_spec(pool: str, wanted: PoolSpec, batch: Batch) -> PoolSpec:
    """Return the specification to make a pool of, or to change it to where it exists.

    Only the counts of nodes of an existing pool can be changed. Raises PoolError where it differs
    in anything else, or batchff didn't make it.
    """
    status = batch.pools.get(pool)
    if status is None:
        batch.pools.refuse_unmakeable(wanted)
        return wanted
    existing = status.batchff.spec if status.batchff else None
    if existing is None:
        raise PoolError(
            f"there is a pool {pool!r} that batchff didn't make",
            hint="choose another id, or use it as it is: batchff submit --pool",
        )
    found = differences(existing, wanted)
    hint = f"choose another id, or remove it first: batchff pool delete {pool}"
    return _with_counts(pool, existing, wanted, found, hint)


def use_as_is(
    pool: str,
    wanted: PoolSpec,
    batch: Batch,
    reporter: Reporter,
    *,
    asked: Collection[str],
    instead: str = "choose another with --pool",
) -> PoolSpec:
    """Return the specification that an existing pool has; `wanted` where there is no such pool.

    Of another program's pool only the VM size is known, and that it has an ffmpeg of its own.
    The fields that the user `asked` for are as in `wanted`: if they are counts of nodes, the pool
    is to be changed. Raises PoolError where another of them differs, and says what to do `instead`.
    """
    status = batch.pools.get(pool)
    if status is None:
        batch.pools.refuse_unmakeable(wanted)
        return wanted
    existing = status.batchff.spec if status.batchff else None
    if existing is None:
        if asked:
            reporter.report(Warned(f"pool {pool!r} isn't batchff's: it is used as it is"))
        return replace(
            wanted,
            vm_size=status.vm_size,
            ffmpeg=FfmpegSource.IMAGE.value,
            ffmpeg_version="",
            ffmpeg_sha256="",
        )
    found = differences(existing, wanted, asked)
    hint = f"leave that out to use it as it is, or {instead}"
    return _with_counts(pool, existing, wanted, found, hint)


def _with_counts(
    pool: str, existing: PoolSpec, wanted: PoolSpec, found: Mapping[str, str], hint: str
) -> PoolSpec:
    """Return the existing specification with the counts that were found to differ.

    Raises PoolError where other fields differ.
    """
    lasting = [text for name, text in found.items() if name not in COUNTS]
    if lasting:
        raise PoolError(f"pool {pool!r} exists with {', '.join(lasting)}", hint=hint)
    return checked_spec(replace(existing, **{name: getattr(wanted, name) for name in found}))


def ensure_pool(
    pool: str,
    spec: PoolSpec,
    batch: Batch,
    reporter: Reporter,
    *,
    supply: Supply | None = None,
    for_job: str = "",
    tasks: int | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Make the pool unless it exists; return whether it was made.

    `spec` comes from `require_same_spec` or `use_as_is`. The pool goes to no nodes by itself when
    its tasks are done. `supply` is where nodes find the bundled ffmpeg; without it no pool can have
    that. `for_job` is the job it's made for, whose `submit` removes it; `tasks` says how many will
    be added. Raises PoolError or NotFoundError for an image that it can't have.
    """
    existing = batch.pools.get(pool)
    refuse_if_going(existing)
    now = datetime.now(UTC)
    formula = scaling_formula(spec, now, tasks)
    created = False
    if existing is None:
        image = choose_image(
            spec.image, batch.pools.images(), now, for_containers=bool(spec.container_image)
        )
        for warning in image_warnings(image, now):
            reporter.report(Warned(warning))
        given = equip(spec, supply, reporter)
        new = NewPool(
            pool,
            given.spec,
            image,
            formula,
            EVALUATION_INTERVAL,
            given.start_task,
            PoolFacts(given.spec, for_job, given.until).metadata(),
        )
        created = batch.pools.create(new)
    elif (facts := renew(existing, batch, supply, reporter)) and existing.autoscaled:
        # It may have no nodes: ask for them before the tasks wait. A pool that was taken to no
        # nodes a moment ago has none until it gets another formula, so that is waited for.
        patience = 0 if existing.target_nodes else None
        scaled = change_formula(pool, formula, batch, reporter, patience=patience, pause=pause)
        changes = ", ".join(differences(spec, facts.spec).values()) if facts.spec else ""
        if changes and not scaled:
            reporter.report(
                Warned(
                    f"pool {pool} is being changed and keeps its numbers of nodes; change them "
                    f"later with: batchff pool resize {pool}"
                )
            )
        elif changes:
            metadata = replace(facts, spec=spec).metadata()
            batch.pools.set_metadata(pool, {**existing.metadata, **metadata})
            reporter.report(Notice(f"pool {pool} now has {changes}"))
    reporter.report(PoolReady(pool, created))
    return created


def refuse_if_going(pool: PoolStatus | None) -> None:
    """Raise PoolError for a pool that is being deleted."""
    if pool is not None and pool.state == PoolState.DELETING:
        raise PoolError(
            f"pool {pool.id!r} is being deleted",
            hint="wait until it's gone, or choose another name with --pool",
        )


def require_pool(pool: str, batch: Batch, supply: Supply, reporter: Reporter) -> None:
    """See that the nodes of a pool which exists can start.

    Raises NotFoundError where it doesn't exist: a job's tasks would wait for ever.
    """
    existing = batch.pools.get(pool)
    if existing is None:
        raise NotFoundError(
            f"there is no pool {pool!r}", hint="make it with: batchff pool create, or give --pool"
        )
    renew(existing, batch, supply, reporter)
