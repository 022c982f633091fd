"""Check whether the service has the nodes that are asked for: image, size and specification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from batchff.cloud.batch import Batch
from batchff.cloud.management.account import VmSize
from batchff.model.pools import Image, PoolSpec
from batchff.model.vm_sizes import retirement_of
from batchff.pipeline.doctor.check import Check, failure, ok, warning
from batchff.pipeline.pool.images import choose_image, image_warnings
from batchff.pipeline.pool.spec import asked_nodes, most_slots
from batchff.wording import counted


def check_image(spec: PoolSpec, images: Iterable[Image], now: datetime) -> list[Check]:
    """Check which image the nodes get; raises BatchffError where the service has none."""
    image = choose_image(spec.image, images, now, for_containers=bool(spec.container_image))
    warnings = image_warnings(image, now)
    if warnings:
        return [warning("image", text, "take --image auto") for text in warnings]
    asked = f" for {spec.image}" if spec.image != image.name else ""
    return [ok("image", f"{image.name}{asked}, verified")]


def check_subnet(spec: PoolSpec, batch: Batch) -> Check:
    """Check whether a pool can be made in the subnet with this way to sign in.

    Raises ProfileError where it can't.
    """
    batch.pools.refuse_unmakeable(spec)
    name = spec.subnet.rpartition("/")[2]
    return ok("subnet", f"{name}, which this way to sign in can join; its roles aren't checked")


def check_vm_size(
    spec: PoolSpec, sizes: Mapping[str, VmSize] | None, location: str, now: datetime
) -> Check:
    """Check whether the nodes' size is offered, and how long; `sizes` is None where unknown."""
    name = "VM size"
    size = (sizes or {}).get(spec.vm_size.lower())
    if sizes is not None and size is None:
        return failure(
            name,
            f"Batch doesn't offer {spec.vm_size} in {location}",
            f"see what it offers: az batch location list-skus --location {location}",
        )
    end = (size.end if size else None) or retirement_of(spec.vm_size)
    advice = "take one such as Standard_D4s_v5"
    if end is not None and end <= now.date():
        return failure(name, f"{spec.vm_size} was retired on {end}", advice)
    if end is not None:
        return warning(name, f"{spec.vm_size} is retired on {end}", advice)
    if sizes is None:
        return ok(name, f"{spec.vm_size}, by its name; whether it's offered wasn't checked")
    return ok(name, f"{spec.vm_size}, offered in {location}")


def check_specification(spec: PoolSpec) -> Check:
    """Check what the pool would be, and whether the service may refuse it."""
    slots = f"{counted(spec.slots, 'task')} at a time on each"
    most = most_slots(spec.vm_size)
    if spec.slots > most:
        return failure(
            "pool",
            f"{slots}, and {spec.vm_size} takes {most} at most",
            f"give --slots {most} or fewer",
        )
    return ok("pool", f"{asked_nodes(spec)}, {slots}")
