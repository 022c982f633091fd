"""`batchff pool list` and `pool images`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.words.layout import columns, minute
from batchff.console.reporter import CommandResult
from batchff.model.states import AllocationState, PoolState

if TYPE_CHECKING:
    from batchff.model.pools import Image, PoolStatus


app = App()


@app.command("list")
def list_pools(
    context: typer.Context,
    all_: Annotated[
        bool, typer.Option("--all", help="List the account's other pools too.")
    ] = False,
) -> CommandResult:
    """List the pools that batchff made, the newest first."""
    from batchff.results.pool.list import ListedPool, PoolList

    pools = [pool for pool in invocation_of(context).batch.pools.all() if all_ or pool.batchff]
    pools.sort(key=_made, reverse=True)
    data = tuple(
        ListedPool(
            pool=pool.id,
            state=pool.state,
            allocation_state=pool.allocation_state,
            nodes=pool.dedicated_nodes,
            target_nodes=pool.target_dedicated,
            spot=pool.spot_nodes,
            target_spot=pool.target_spot,
            vm_size=pool.vm_size,
            made=pool.created,
            batchff=pool.batchff is not None,
        )
        for pool in pools
    )
    rows = [
        (pool.id, _state(pool), nodes_text(pool), pool.vm_size, minute(_made(pool)))
        for pool in pools
    ]
    return CommandResult(PoolList(data), text=columns(rows) or "no pools")


@app.command()
def images(
    context: typer.Context,
    all_: Annotated[
        bool, typer.Option("--all", help="List images that aren't verified, or have ended, too.")
    ] = False,
) -> CommandResult:
    """List the images that pools can be made of, the newest first.

    Each with its node agent and the day when the service's support ends. The one marked auto is the
    default.
    """
    from batchff.errors import PoolError
    from batchff.pipeline.pool.images import choose_image, has_ended
    from batchff.results.pool.list import ListedImage, PoolImages
    from batchff.rules import AUTO

    now = datetime.now(UTC)
    found = list(invocation_of(context).batch.pools.images())
    try:
        auto = choose_image(AUTO, found, now).name
    except PoolError:  # there is none, and the list says so
        auto = ""
    shown = [image for image in found if all_ or (image.verified and not has_ended(image, now))]
    shown.sort(key=lambda image: image.name)
    shown.sort(key=lambda image: (_age(image), image.name == auto), reverse=True)
    data = tuple(
        ListedImage(
            image=image.name,
            agent=image.agent,
            verified=image.verified,
            end_of_life=image.end_of_life,
            capabilities=image.capabilities,
            auto=image.name == auto,
        )
        for image in shown
    )
    rows = [
        (
            image.name,
            image.agent.removeprefix("batch.node."),
            f"{image.end_of_life:%Y-%m-%d}" if image.end_of_life else "-",
            _note(image, auto, now),
        )
        for image in shown
    ]
    return CommandResult(PoolImages(data), text=columns(rows) or "no images")


def nodes_text(pool: PoolStatus) -> str:
    """Return a pool's nodes in words: those that it has, of its target."""
    dedicated = pool.dedicated_nodes, pool.target_dedicated
    spot = pool.spot_nodes, pool.target_spot
    kinds = [("{}/{}", dedicated)] if any(dedicated) or not any(spot) else []
    kinds += [("{}/{} Spot", spot)] if any(spot) else []
    return ", ".join(form.format(*counts) for form, counts in kinds)


def _state(pool: PoolStatus) -> str:
    """Return its state or, while its nodes are changing, how they change."""
    if pool.state != PoolState.ACTIVE or pool.allocation_state == AllocationState.STEADY:
        return pool.state
    return pool.allocation_state


def _made(pool: PoolStatus) -> datetime:
    return pool.created or datetime.min.replace(tzinfo=UTC)


def _age(image: Image) -> tuple[bool, datetime, list[int]]:
    """Return a key that is larger for newer images: those whose end is later, or not known yet."""
    ends = image.end_of_life or datetime.max.replace(tzinfo=UTC)
    number = image.agent.rpartition(" ")[2]
    parts = [int(part) for part in number.split(".") if part.isdecimal()]
    return image.verified, ends, parts


def _note(image: Image, auto: str, now: datetime) -> str:
    from batchff.pipeline.pool.images import has_ended

    if has_ended(image, now):
        return "ended"
    if not image.verified:
        return "unverified"
    return "auto" if image.name == auto else ""
