"""The pool that a command needs, as flags, environment and profile specify it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from batchff.cli.options.ffmpeg_request import asked_ffmpeg
from batchff.events import Warned
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.spec import checked_spec, most_slots, spec_warnings

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.profile import Profile


def asked_pool(invocation: Invocation, *, warn: bool = True) -> PoolSpec:
    """Return the pool specification that flags, environment and profile give together.

    Warns of settings that are allowed but seldom meant. Raises UsageError for impossible ones.
    """
    profile = invocation.profile
    nodes, spot = profile.number("pool.nodes"), profile.number("pool.spot")
    if spot and _is_default(profile, "pool.nodes"):
        nodes = 0
    slots = profile.number("pool.slots")
    vm_size = profile.require("pool.vm_size")
    if profile.uses_emulator("batch") and _is_default(profile, "pool.slots"):
        # The emulator's node is this machine: one task a core.
        slots = min(os.cpu_count() or slots, most_slots(vm_size))
    ffmpeg = asked_ffmpeg(profile, vm_size)
    spec = checked_spec(
        PoolSpec(
            vm_size=vm_size,
            nodes=nodes,
            spot=spot,
            slots=slots,
            image=profile.require("pool.image"),
            max_nodes=profile.number("pool.max_nodes"),
            fallback=profile.require("pool.fallback") == "on",
            container_image=profile.text("pool.container_image") or "",
            subnet=profile.text("pool.subnet") or "",
            identity=profile.text("pool.identity") or "",
            ffmpeg=ffmpeg.source.value,
            ffmpeg_url=ffmpeg.url,
            ffmpeg_sha256=ffmpeg.sha256,
            ffmpeg_version=ffmpeg.version,
        )
    )
    for warning in spec_warnings(spec) if warn else ():
        invocation.console.report(Warned(warning))
    return spec


def asked_by_flags(invocation: Invocation) -> frozenset[str]:
    """Return the fields of a pool's specification that the command's own flags give."""
    return frozenset(
        name.removeprefix("pool.")
        for name, value in invocation.flags.settings.items()
        if name.startswith("pool.") and value is not None
    )


def _is_default(profile: Profile, key: str) -> bool:
    return profile.settings[key].origin == "default"
