"""What is asked of a pool: checked, named, and compared with a pool that exists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields, replace
from types import MappingProxyType

from batchff.errors import UsageError
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pools import PoolSpec
from batchff.model.vm_sizes import cores_of, is_arm, retirement_of
from batchff.rules import (
    MOST_SLOTS,
    SLOTS,
    check_container_image,
    check_identity,
    check_image,
    check_sha256,
    check_static_build,
    check_subnet,
    check_vm_size,
)

COUNTS = frozenset({"nodes", "spot", "max_nodes", "fallback"})
"""What only the pool's formula knows: it can be changed without making the pool anew."""

_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        **{field.name: "--" + field.name.replace("_", "-") for field in fields(PoolSpec)},
        "ffmpeg_version": "ffmpeg",
    }
)
_WITHOUT_CASE = ("vm_size", "image", "subnet", "identity", "ffmpeg_sha256")

_SLOTS_PER_CORE = 4


def checked_spec(spec: PoolSpec) -> PoolSpec:
    """Return a specification that the service may take; raise UsageError for any other."""
    check_vm_size(spec.vm_size)
    if spec.nodes + spec.spot == 0:
        raise UsageError("a pool needs a node", hint="give --nodes or --spot")
    if spec.most_nodes < spec.nodes + spec.spot:
        raise UsageError(
            f"--max-nodes {spec.max_nodes} is fewer than {asked_nodes(spec)}",
            hint="it's the most nodes the pool ever has, of both kinds together",
        )
    if spec.slots not in SLOTS:
        raise UsageError(f"--slots {spec.slots} is not {SLOTS}")
    check_image(spec.image)
    for value, check in (
        (spec.subnet, check_subnet),
        (spec.identity, check_identity),
        (spec.container_image, check_container_image),
    ):
        if value:
            check(value)
    _check_ffmpeg(spec)
    return spec


def most_slots(vm_size: str) -> int:
    """Return how many tasks a node may run at a time, as far as the name of its size says.

    By the Batch service's REST API, "Pool - Add": 4 for each core, and not more than 256.
    """
    cores = cores_of(vm_size)
    return MOST_SLOTS if cores is None else min(_SLOTS_PER_CORE * cores, MOST_SLOTS)


def spec_warnings(spec: PoolSpec) -> list[str]:
    """Return warnings: what the service may refuse, or will no longer offer."""
    warnings = []
    most = most_slots(spec.vm_size)
    if spec.slots > most:
        warnings.append(
            f"--slots {spec.slots} may be refused: by its name {spec.vm_size} takes {most} at most"
        )
    retirement = retirement_of(spec.vm_size)
    if retirement is not None:
        warnings.append(f"VM size {spec.vm_size} is retired on {retirement}; take one such as Dsv5")
    return warnings


def asked_nodes(spec: PoolSpec) -> str:
    """Return in words how many nodes are asked for, of each kind."""
    kinds = [f"{spec.nodes} dedicated"] if spec.nodes else []
    kinds += [f"{spec.spot} Spot"] if spec.spot else []
    return f"{' and '.join(kinds)} node{'s' * (spec.nodes + spec.spot != 1)}"


def pool_name(spec: PoolSpec) -> str:
    """Name the pool of this specification, so that the same request finds the same pool.

    The image `auto` goes into the name as that word: the pool is found without asking for the
    service's images, and after a newer image came.
    """
    facts = "\0".join(str(fact) for fact in astuple(_normal(spec)))
    return f"batchff-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def differences(
    existing: PoolSpec, wanted: PoolSpec, names: Iterable[str] | None = None
) -> dict[str, str]:
    """Return in words how a pool differs from what is wanted, by field; of all fields, or these."""
    here, there = _normal(existing), _normal(wanted)
    found = {
        name: f"{_OPTIONS[name]} {_shown(existing, name)} instead of {_shown(wanted, name)}"
        for name in (field.name for field in fields(PoolSpec))
        if (names is None or name in names) and getattr(here, name) != getattr(there, name)
    }
    if "ffmpeg" in found:
        found.pop("ffmpeg_version", None)
    return found


def _normal(spec: PoolSpec) -> PoolSpec:
    lower = {name: getattr(spec, name).lower() for name in _WITHOUT_CASE}
    most = 0 if spec.most_nodes == spec.nodes + spec.spot else spec.max_nodes
    if spec.ffmpeg == FfmpegSource.BUNDLED:
        # Its version says which one it is, before it's read.
        lower["ffmpeg_sha256"] = ""
    # The checksum says which static ffmpeg it is, wherever that is fetched.
    return replace(spec, ffmpeg_url="", max_nodes=most, **lower)


def _shown(spec: PoolSpec, name: str) -> str:
    value = spec.most_nodes if name == "max_nodes" else getattr(spec, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value != "" else "none"


def _check_ffmpeg(spec: PoolSpec) -> None:
    """Refuse an ffmpeg that nodes can't have. Of a pool that exists the URL isn't known."""
    if spec.container_image and spec.ffmpeg not in (FfmpegSource.CONTAINER, FfmpegSource.IMAGE):
        raise UsageError(
            f"--container-image and --ffmpeg {spec.ffmpeg} exclude each other",
            hint="tasks in a container run the ffmpeg that it has",
        )
    if spec.ffmpeg == FfmpegSource.URL:
        if not spec.ffmpeg_sha256:
            raise UsageError(
                "--ffmpeg URL and --ffmpeg-sha256 go together",
                hint="a program is only run on the nodes when its checksum is known",
            )
        check_sha256(spec.ffmpeg_sha256)
        if spec.ffmpeg_url:
            check_static_build(spec.ffmpeg_url)
    if spec.ffmpeg == FfmpegSource.BUNDLED and is_arm(spec.vm_size):
        raise UsageError(
            f"the bundled ffmpeg is for x86-64 processors, and {spec.vm_size} has ARM ones",
            hint="give --ffmpeg apt, or the URL of one for ARM",
        )
