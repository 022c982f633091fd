"""The nodes' ffmpeg, as flags, environment and profile ask for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchff.errors import ProfileError, UsageError
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.vm_sizes import is_arm
from batchff.rules import FFMPEG_SOURCES

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.model.pools import PoolSpec
    from batchff.pipeline.node_ffmpeg.equip import Supply
    from batchff.profile import Profile


@dataclass(frozen=True, slots=True)
class AskedFfmpeg:
    """The fields of a pool's specification that say which ffmpeg its nodes have."""

    source: FfmpegSource
    url: str = ""
    sha256: str = ""
    version: str = ""


def asked_ffmpeg(profile: Profile, vm_size: str) -> AskedFfmpeg:
    """Return which ffmpeg the nodes of a pool are to have.

    Without a word of it: that of the container, of this machine where the emulator's nodes are, of
    the package manager for ARM processors, and else the bundled one.
    """
    setting, former = profile.settings["pool.ffmpeg"], profile.settings.get("pool.ffmpeg_url")
    asked = str(setting.value)
    is_asked = setting.origin != "default"
    if former is not None and (not is_asked or former.place < setting.place):
        asked, is_asked = str(former.value), True
    if is_asked and asked not in FFMPEG_SOURCES:
        sha256 = profile.text("pool.ffmpeg_sha256") or ""
        return AskedFfmpeg(FfmpegSource.URL, asked, sha256)
    checksum = profile.settings.get("pool.ffmpeg_sha256")
    if checksum is not None and checksum.origin == "flag":
        raise UsageError(
            "--ffmpeg URL and --ffmpeg-sha256 go together",
            hint="the checksum is that of a static ffmpeg, which --ffmpeg names by its URL",
        )
    source = FfmpegSource(asked) if is_asked else _usual(profile, vm_size)
    if profile.text("pool.container_image") and source is FfmpegSource.IMAGE:
        source = FfmpegSource.CONTAINER
    return AskedFfmpeg(source, version=_version() if source is FfmpegSource.BUNDLED else "")


def _usual(profile: Profile, vm_size: str) -> FfmpegSource:
    if profile.text("pool.container_image"):
        return FfmpegSource.CONTAINER
    if profile.has_nodes_here:
        return FfmpegSource.IMAGE
    return FfmpegSource.APT if is_arm(vm_size) else FfmpegSource.BUNDLED


def _version() -> str:
    from batchff.ffmpeg.nodes_build import nodes_version

    return nodes_version()


def supply_of(invocation: Invocation, spec: PoolSpec | None) -> Supply | None:
    """Return where a pool's nodes find the bundled ffmpeg; None for a pool without that.

    Raises ProfileError where no storage account is set up that nodes can reach.
    """
    if spec is None or spec.ffmpeg != FfmpegSource.BUNDLED:
        return None
    profile = invocation.profile
    if profile.uses_emulator("storage") and not profile.has_nodes_here:
        raise ProfileError(
            "no storage account is set up for nodes to fetch their ffmpeg from",
            hint="set storage_account, or give another one: --ffmpeg apt",
        )
    from batchff.cli.options.limits import asked_limits
    from batchff.pipeline.node_ffmpeg.equip import Supply

    container = invocation.require("ffmpeg_container")
    return Supply(invocation.storage, container, asked_limits(profile).worst_case)


def supplied(invocation: Invocation, spec: PoolSpec) -> tuple[PoolSpec, Supply | None]:
    """Return a new pool's specification, and where its nodes find the bundled ffmpeg.

    A pool needs no storage account: without one, nodes install their image's ffmpeg, unless the
    user asked for the bundled one. Raises ProfileError then.
    """
    try:
        return spec, supply_of(invocation, spec)
    except ProfileError as error:
        if invocation.profile.settings["pool.ffmpeg"].origin != "default":
            raise
        from batchff.events import Warned

        instead = "so the nodes install ffmpeg by their image's package manager"
        invocation.console.report(Warned(f"{error.message}; {instead}"))
        return replace(spec, ffmpeg=FfmpegSource.APT.value, ffmpeg_version=""), None
