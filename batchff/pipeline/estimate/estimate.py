"""Estimate what files come to: pieces of them are encoded here, and nodes compared with that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.ffmpeg.trial import bundled_ffmpeg
from batchff.model.estimates import Estimate, Outlook
from batchff.model.pools import PoolSpec
from batchff.pipeline.estimate.outlook import burden, outlook
from batchff.pipeline.estimate.pieces import Work
from batchff.pipeline.estimate.speeds import expect, speed_of
from batchff.pipeline.estimate.trying import BUDGET, NothingTried, try_pieces

if TYPE_CHECKING:
    from batchff.profile import Prices


def estimate(
    works: Sequence[Work],
    spec: PoolSpec,
    prices: Prices,
    *,
    here: bool,
    budget: float = BUDGET,
    chunks: int = 1,
    job: str = "",
) -> Estimate:
    """Return what files are likely to come to on the nodes of a pool.

    It takes about `budget` seconds at most. Nodes that are `here` are this machine's. `chunks` is
    into how many the longest film is cut. What is expected of a `job` is noted, so that this job
    shows how fast the nodes are.
    """
    files = len({work.name for work in works})
    if not works:
        return Estimate(0, reason="there is no file here whose length is known")
    ffmpeg = bundled_ffmpeg()
    if ffmpeg is None:
        return Estimate(files, reason="imageio-ffmpeg has no ffmpeg for this machine")
    try:
        found = try_pieces(works, ffmpeg, budget)
    except NothingTried as error:
        return Estimate(files, reason=error.message)
    if job and not here:
        expect(job, found.cpu_seconds.likely * burden(works))
    nodes: Outlook | None = outlook(
        found, works, spec, prices, speed_of(spec.vm_size, here=here), here=here, chunks=chunks
    )
    return Estimate(
        files=found.files,
        tried=found.tried,
        pieces=found.pieces,
        bytes=found.bytes,
        cpu_seconds=found.cpu_seconds,
        seconds=nodes.seconds if nodes else None,
        node_hours=nodes.node_hours if nodes else None,
        amount=nodes.amount if nodes else None,
        is_measured=nodes.is_measured if nodes else False,
    )
