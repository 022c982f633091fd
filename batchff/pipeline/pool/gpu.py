"""Whether a pool's nodes have the hardware that recipes need, by the name of their VM size."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.errors import UsageError
from batchff.ffmpeg.line.hardware import hardware_of, names_in
from batchff.ffmpeg.trial import bundled_ffmpeg, nvidia_fault
from batchff.model.recipes import Recipe
from batchff.model.vm_sizes import gpu_of, has_nvenc

_SIZE = "Standard_NC4as_T4_v3"
_OTHER_SYSTEMS = {"apple": "macOS", "windows": "Windows"}
_ANY_GPU = frozenset({"intel", "vaapi", "v4l2", "drm"})


def recipe_hardware(recipe: Recipe) -> frozenset[str]:
    """Return what a recipe needs beside a processor: nvidia, intel, vaapi, vulkan …"""
    return hardware_of(_names(recipe))


def recipe_words(recipe: Recipe) -> str:
    """Return what a recipe is called in a message."""
    return "the line" if recipe.name == "custom" else f"preset {recipe.name}"


def refuse_without_gpu(recipes: Iterable[Recipe], vm_size: str) -> None:
    """Raise UsageError where nodes of this size surely lack what a recipe needs.

    Vulkan and OpenCL may run on a processor, so they aren't refused.
    """
    for recipe in recipes:
        needed = recipe_hardware(recipe)
        words = recipe_words(recipe)
        for kind in sorted(needed & _OTHER_SYSTEMS.keys()):
            raise UsageError(
                f"{words} needs {_OTHER_SYSTEMS[kind]}, and nodes run Linux",
                hint="take another encoder, as in -c:v libx264",
            )
        if lacking := _lacking(needed, _names(recipe), vm_size):
            raise UsageError(
                f"{words} needs {lacking}, and {vm_size} has none",
                hint=f"take an N-series size, as in --vm-size {_SIZE}, and an image with its "
                "driver; or another preset or encoder",
            )


def refuse_without_own_gpu(recipes: Iterable[Recipe]) -> None:
    """Raise UsageError where the emulator's tasks need NVIDIA's GPU and this machine has none."""
    needing = [recipe for recipe in recipes if "nvidia" in recipe_hardware(recipe)]
    if not needing:
        return
    ffmpeg = bundled_ffmpeg()
    fault = nvidia_fault(ffmpeg) if ffmpeg else "there is no ffmpeg to try it with"
    if fault:
        raise UsageError(
            f"{recipe_words(needing[0])} needs an NVIDIA GPU, and the emulator's nodes are this "
            f"machine, on which ffmpeg can't use one: {fault}",
            hint="submit it to Azure with an N-series --vm-size, or take another preset or encoder",
        )


def _lacking(needed: frozenset[str], names: Iterable[str], vm_size: str) -> str:
    gpu = gpu_of(vm_size)
    if "nvidia" in needed and gpu != "nvidia":
        return "an NVIDIA GPU"
    if any("_nvenc" in name for name in names) and not has_nvenc(vm_size):
        return "an NVIDIA GPU that encodes video"
    if "amd" in needed and gpu != "amd":
        return "an AMD GPU"
    return "a GPU" if needed & _ANY_GPU and not gpu else ""


def _names(recipe: Recipe) -> list[str]:
    return [name for run in recipe.runs for name in names_in(run.arguments)]
