"""Check which ffmpeg the nodes get, and whether they have the hardware that it's to use."""

from __future__ import annotations

from collections.abc import Sequence

from batchff.cloud.storage import Storage
from batchff.errors import UsageError
from batchff.model.node_ffmpeg import FfmpegSource, ffmpeg_text
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.doctor.check import Check, failure, ok, warning
from batchff.pipeline.node_ffmpeg.build import find_build
from batchff.pipeline.node_ffmpeg.send import is_sent
from batchff.pipeline.pool.gpu import (
    recipe_hardware,
    refuse_without_gpu,
    refuse_without_own_gpu,
)

_NOTES = {
    FfmpegSource.IMAGE: "whether the image has one isn't checked",
    FfmpegSource.CONTAINER: "whether it has one isn't checked",
    FfmpegSource.APT: "each node installs it when it starts",
    FfmpegSource.URL: "each node fetches it when it starts, and checks its SHA-256",
}


def check_ffmpeg(spec: PoolSpec, *, nodes_here: bool) -> Check:
    """Say which ffmpeg nodes get that don't have the bundled one."""
    if nodes_here and spec.ffmpeg == FfmpegSource.IMAGE:
        return ok("ffmpeg", "the emulator's nodes have the one of this machine's imageio-ffmpeg")
    note = _NOTES[FfmpegSource(spec.ffmpeg)]
    return ok("ffmpeg", f"{ffmpeg_text(spec.ffmpeg_version, spec.ffmpeg)}; {note}")


def check_bundled(spec: PoolSpec, container: str, storage: Storage) -> Check:
    """Check whether storage has the bundled ffmpeg; raise NoBuild where it can't be read here."""
    build = find_build()
    text = ffmpeg_text(build.version, spec.ffmpeg)
    if is_sent(build.blob, container, storage):
        return ok("ffmpeg", f"{text}, in container {container}")
    if build.path is None:
        text += "; it's fetched for this machine once, from a Python package index"
    return ok("ffmpeg", f"{text}; the first pool sends it to container {container}")


def check_gpu(recipes: Sequence[Recipe], spec: PoolSpec, *, nodes_here: bool) -> list[Check]:
    """Check whether nodes have the GPU that recipes need; nothing where they need none."""
    if not any(map(recipe_hardware, recipes)):
        return []
    try:
        if nodes_here:
            refuse_without_own_gpu(recipes)
            return [ok("GPU", "this machine's, which ffmpeg can use")]
        refuse_without_gpu(recipes, spec.vm_size)
    except UsageError as error:
        return [failure("GPU", error.message, error.hint)]
    message = f"{spec.vm_size} has one, by its name; whether the image has its driver isn't checked"
    return [warning("GPU", message, "see which image has it: .github/docs/azure.md")]
