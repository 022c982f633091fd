"""What is asked of a pool: checked, named, stamped on the pool, and compared with what stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields, replace
from types import MappingProxyType

from batchff.errors import UsageError
from batchff.ffmpeg.start_task import is_sha256, is_static_build
from batchff.model import PoolSpec
from batchff.pipeline.images import is_image_name
from batchff.pipeline.stamp import stamped_fact
from batchff.pipeline.vm_sizes import cores_of, is_vm_size, retirement_of

COUNTS = frozenset({"nodes", "spot", "max_nodes", "fallback"})
"""What only the pool's formula knows: it can be changed while the pool stands."""

_OPTIONS: Mapping[str, str] = MappingProxyType(
    {field.name: "--" + field.name.replace("_", "-") for field in fields(PoolSpec)}
)
_WITHOUT_CASE = ("vm_size", "image", "subnet", "identity", "ffmpeg_sha256")

_MOST_SLOTS = 256
_SLOTS_PER_CORE = 4

_GROUP = r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/\s]+/providers/"
_NAME = r"[\w.-]+"
_SUBNET = re.compile(
    rf"{_GROUP}Microsoft\.Network/virtualNetworks/{_NAME}/subnets/{_NAME}", re.ASCII | re.IGNORECASE
)
_IDENTITY = re.compile(
    rf"{_GROUP}Microsoft\.ManagedIdentity/userAssignedIdentities/{_NAME}", re.ASCII | re.IGNORECASE
)
# As Docker writes a reference: perhaps a registry, a path in lower case, perhaps tag and digest.
_CONTAINER_IMAGE = re.compile(
    r"([\w.-]+(:\d+)?/)?[a-z0-9._-]+(/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?", re.ASCII
)


def checked_spec(spec: PoolSpec) -> PoolSpec:
    """Return a specification that a service may take; raise UsageError for one that none would."""
    if not is_vm_size(spec.vm_size):
        near = f"Standard_{spec.vm_size}"
        raise UsageError(
            f"{spec.vm_size!r} is no VM size",
            hint=f"did you mean {near}?" if is_vm_size(near) else "as in Standard_D4s_v5",
        )
    if spec.nodes + spec.spot == 0:
        raise UsageError("a pool needs a node", hint="give --nodes or --spot")
    if spec.most_nodes < spec.nodes + spec.spot:
        raise UsageError(
            f"--max-nodes {spec.max_nodes} is fewer than {asked_nodes(spec)}",
            hint="it's the most nodes the pool ever has, of both kinds together",
        )
    if not 1 <= spec.slots <= _MOST_SLOTS:
        raise UsageError(f"--slots {spec.slots} is not from 1 to {_MOST_SLOTS}")
    if not is_image_name(spec.image):
        raise UsageError(
            f"{spec.image!r} is no image", hint="write auto, or an image as publisher:offer:sku"
        )
    _check_ids(spec)
    _check_ffmpeg(spec)
    return spec


def most_slots(vm_size: str) -> int:
    """Return how many tasks a node may run at a time, as far as its size's name tells.

    By the Batch service's REST API, "Pool - Add": 4 for each core, and not more than 256.
    """
    cores = cores_of(vm_size)
    return _MOST_SLOTS if cores is None else min(_SLOTS_PER_CORE * cores, _MOST_SLOTS)


def spec_warnings(spec: PoolSpec) -> list[str]:
    """Return what the service may refuse, or stop to have."""
    told = []
    most = most_slots(spec.vm_size)
    if spec.slots > most:
        told.append(
            f"--slots {spec.slots} may be refused: by its name {spec.vm_size} takes {most} at most"
        )
    retirement = retirement_of(spec.vm_size)
    if retirement is not None:
        told.append(f"VM size {spec.vm_size} is retired on {retirement}; take one such as Dsv5")
    return told


def asked_nodes(spec: PoolSpec) -> str:
    """Return in words how many nodes are asked for, of each kind."""
    kinds = [f"{spec.nodes} dedicated"] if spec.nodes else []
    kinds += [f"{spec.spot} Spot"] if spec.spot else []
    return f"{' and '.join(kinds)} node{'s' * (spec.nodes + spec.spot != 1)}"


def pool_name(spec: PoolSpec) -> str:
    """Name the pool of this specification, so that the same request finds the same pool.

    The image `auto` is a part of the name as such: so the pool is found without a look at the
    service's images, and also when a newer one came.
    """
    facts = "\0".join(str(fact) for fact in astuple(_normal(spec)))
    return f"batchff-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def spec_facts(spec: PoolSpec) -> dict[str, str]:
    """Return what to stamp on a pool, so that its specification is known wherever it's met."""
    values = {field.name: getattr(_unsecret(spec), field.name) for field in fields(PoolSpec)}
    return {name: _written(value) for name, value in values.items() if value != ""}


def stamped_spec(metadata: Mapping[str, str]) -> PoolSpec | None:
    """Return the specification that is stamped on a pool, or None where it has none."""
    if stamped_fact(metadata, "vm_size") is None:
        return None
    texts = {field.name: stamped_fact(metadata, field.name) or "" for field in fields(PoolSpec)}
    try:
        numbers = {name: int(texts.pop(name)) for name in (*COUNTS, "slots")}
    except ValueError:  # somebody else wrote into it
        return None
    fallback = bool(numbers.pop("fallback"))
    return PoolSpec(**texts, **numbers, fallback=fallback)  # type: ignore[arg-type]


def differences(
    standing: PoolSpec, wanted: PoolSpec, names: Iterable[str] | None = None
) -> dict[str, str]:
    """Say in what a pool differs from what is wanted, by field; of all fields, or of these."""
    here, there = _normal(standing), _normal(wanted)
    return {
        name: f"{_OPTIONS[name]} {_shown(standing, name)} instead of {_shown(wanted, name)}"
        for name in (field.name for field in fields(PoolSpec))
        if (names is None or name in names) and getattr(here, name) != getattr(there, name)
    }


def _normal(spec: PoolSpec) -> PoolSpec:
    lower = {name: getattr(spec, name).lower() for name in _WITHOUT_CASE}
    most = 0 if spec.most_nodes == spec.nodes + spec.spot else spec.max_nodes
    return replace(_unsecret(spec), max_nodes=most, **lower)


def _unsecret(spec: PoolSpec) -> PoolSpec:
    """Leave out where ffmpeg is fetched: it may hold a SAS, and the checksum says what it is."""
    return replace(spec, ffmpeg_url="")


def _written(value: str | int) -> str:
    return value if isinstance(value, str) else str(int(value))


def _shown(spec: PoolSpec, name: str) -> str:
    value = spec.most_nodes if name == "max_nodes" else getattr(spec, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value != "" else "none"


def _check_ids(spec: PoolSpec) -> None:
    for option, value, form, kind in (
        ("--subnet", spec.subnet, _SUBNET, "Microsoft.Network/virtualNetworks/VNET/subnets/SUBNET"),
        (
            "pool.identity",
            spec.identity,
            _IDENTITY,
            "Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
        ),
    ):
        if value and not form.fullmatch(value):
            raise UsageError(
                f"{option} {value!r} is no resource id",
                hint=f"as in /subscriptions/ID/resourceGroups/GROUP/providers/{kind}",
            )
    if spec.container_image and not _CONTAINER_IMAGE.fullmatch(spec.container_image):
        raise UsageError(
            f"{spec.container_image!r} is no container image",
            hint="as in myregistry.azurecr.io/ffmpeg:7.1",
        )


def _check_ffmpeg(spec: PoolSpec) -> None:
    if bool(spec.ffmpeg_url) != bool(spec.ffmpeg_sha256):
        raise UsageError(
            "--ffmpeg-url and --ffmpeg-sha256 go together",
            hint="a program is only run on the nodes when its checksum is known",
        )
    if not spec.ffmpeg_url:
        return
    if spec.container_image:
        raise UsageError("--container-image and --ffmpeg-url exclude each other")
    if not is_static_build(spec.ffmpeg_url):
        raise UsageError(
            f"{spec.ffmpeg_url!r} doesn't lead to a static ffmpeg",
            hint="it's the URL of a .tar.xz, a .tar.gz or the program itself",
        )
    if not is_sha256(spec.ffmpeg_sha256):
        raise UsageError(f"{spec.ffmpeg_sha256!r} is no SHA-256: 64 hexadecimal digits")
