"""Give a pool's nodes their ffmpeg: what each of them runs when it starts.

Nodes fetch the bundled one from storage by a SAS that reads this one blob. It lasts as long as the
job that the pool is made for can take. A pool that stays may start nodes later: whatever gives it
work renews the SAS before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Warned
from batchff.model.limits import SAS_MARGIN
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolSpec, PoolStatus, StartTask
from batchff.model.tasks import ResourceFile
from batchff.node.start_task import BUNDLED_FILE, start_task
from batchff.pipeline.node_ffmpeg.build import blob_name, find_build
from batchff.pipeline.node_ffmpeg.errors import NoBuild
from batchff.pipeline.node_ffmpeg.send import is_sent, send

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the nodes' ffmpeg is kept, and for how long from now nodes may have to fetch it."""

    storage: Storage
    container: str
    needed: timedelta

    def expiry(self, now: datetime) -> datetime:
        """Return when a SAS that is made now ends."""
        life, longest = self.needed + SAS_MARGIN, self.storage.longest_sas
        return (now + (life if longest is None else min(life, longest))).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a new pool gets: its specification, which now says all of its ffmpeg, and start task.

    `until` is when the SAS in the start task ends; None where it has none of batchff's.
    """

    spec: PoolSpec
    start_task: StartTask | None
    until: datetime | None = None


def equip(spec: PoolSpec, supply: Supply | None, reporter: Reporter) -> Equipment:
    """Return what a new pool of this specification gets, and send its ffmpeg where it's needed.

    Where the bundled ffmpeg can't be had, nodes install their image's, and a warning says so.
    """
    if spec.ffmpeg != FfmpegSource.BUNDLED:
        return Equipment(spec, start_task(spec))
    assert supply is not None
    try:
        build = find_build()
        send(build, supply.container, supply.storage, reporter)
    except NoBuild as error:
        reporter.report(
            Warned(f"{error.message}; so the nodes install ffmpeg by their image's package manager")
        )
        spec = replace(spec, ffmpeg=FfmpegSource.APT.value, ffmpeg_version="")
        return Equipment(spec, start_task(spec))
    spec = replace(spec, ffmpeg_version=build.version, ffmpeg_sha256=build.sha256)
    until = None if spec.identity else supply.expiry(datetime.now(UTC))
    return Equipment(spec, _bundled(spec, supply, until), until)


def renew(
    pool: PoolStatus, batch: Batch, supply: Supply | None, reporter: Reporter
) -> PoolFacts | None:
    """See that nodes which start from now on find their ffmpeg; return what batchff knows of it.

    `pool` exists, whoever made it. Only one with the bundled ffmpeg needs anything: the blob, and a
    SAS that lasts long enough. Nodes that are there don't notice.
    """
    facts = pool.batchff
    spec = facts.spec if facts else None
    if facts is None or spec is None or supply is None or spec.ffmpeg != FfmpegSource.BUNDLED:
        return facts
    _see_that_it_is_sent(pool.id, spec, supply, reporter)
    now = datetime.now(UTC)
    until = supply.expiry(now)
    if spec.identity or (facts.ffmpeg_until and facts.ffmpeg_until >= until - SAS_MARGIN):
        return facts
    facts = replace(facts, ffmpeg_until=until)
    metadata = {**pool.metadata, **facts.metadata()}
    batch.pools.set_metadata(pool.id, metadata, _bundled(spec, supply, until))
    return facts


def _see_that_it_is_sent(pool: str, spec: PoolSpec, supply: Supply, reporter: Reporter) -> None:
    if is_sent(_blob(spec), supply.container, supply.storage):
        return
    try:
        build = find_build()
        if build.blob == _blob(spec):
            send(build, supply.container, supply.storage, reporter)
            return
        reason = f"this batchff has version {build.version}"
    except NoBuild as error:
        reason = error.message
    reporter.report(
        Warned(
            f"the ffmpeg {spec.ffmpeg_version} of pool {pool} is gone from container "
            f"{supply.container}, and {reason}: new nodes can't start; make another pool"
        )
    )


def _blob(spec: PoolSpec) -> str:
    return blob_name(spec.ffmpeg_version, spec.ffmpeg_sha256)


def _bundled(spec: PoolSpec, supply: Supply, until: datetime | None) -> StartTask | None:
    storage, container, blob = supply.storage, supply.container, _blob(spec)
    if until is None:
        file = ResourceFile(BUNDLED_FILE, storage.url(container, blob), spec.identity)
    else:
        file = ResourceFile(BUNDLED_FILE, storage.read_url(container, blob, expiry=until))
    return start_task(spec, file)
