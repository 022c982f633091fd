"""Checks that the nodes' ffmpeg can do what is asked, and tries it here before it's sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.model.node_ffmpeg import FfmpegSource, ffmpeg_text

if TYPE_CHECKING:
    from batchff.cli.options.recipes import Chosen
    from batchff.console.reporter import Reporter
    from batchff.model.files import Source
    from batchff.model.pools import PoolSpec
    from batchff.model.recipes import Recipe
    from batchff.pipeline.beside import FilesBeside

_NO_SUCH_STREAM = "matches no streams"


def has_bundled(spec: PoolSpec, *, here: bool) -> bool:
    """Return whether a pool's nodes have the bundled ffmpeg.

    The emulator's nodes are `here` and have it: the emulator installs no other.
    """
    image_is_ours = here and spec.ffmpeg in (FfmpegSource.IMAGE, FfmpegSource.APT)
    return image_is_ours or spec.ffmpeg == FfmpegSource.BUNDLED


def check_for_nodes(chosen: Chosen, spec: PoolSpec, console: Reporter, *, here: bool) -> None:
    """Raise UsageError for what the nodes of such a pool surely can't run.

    It only warns of what the bundled ffmpeg lacks, if the nodes' ffmpeg may have it.
    """
    from batchff.events import Warned
    from batchff.pipeline.pool.gpu import refuse_without_gpu, refuse_without_own_gpu

    if chosen.lacking and has_bundled(spec, here=here):
        raise chosen.lacking[0]
    nodes = ffmpeg_text(spec.ffmpeg_version, spec.ffmpeg)
    for error in chosen.lacking:
        console.report(Warned(f"not tried here: {error.message}; the nodes' is {nodes}"))
    if here:
        refuse_without_own_gpu(chosen.recipes)
    else:
        refuse_without_gpu(chosen.recipes, spec.vm_size)


def try_recipes(
    chosen: Chosen,
    first: Source,
    recipes: Sequence[Recipe],
    beside: FilesBeside,
    console: Reporter,
    *,
    here: bool,
) -> bool:
    """Try here the `recipes` of a file on a second of it; return whether that could be done.

    It has its second inputs beside it. Raises RecipeFailed if it would fail on every file. It only
    warns if just this file fails, or if the recipe can't be tried here because it needs hardware
    that the nodes may have.
    """
    from batchff.events import Warned
    from batchff.ffmpeg.trial import bundled_ffmpeg, try_on_source

    ffmpeg = bundled_ffmpeg()
    if is_untried(chosen, console, here=here) or ffmpeg is None:
        return False
    files = [file.path for file in beside.by_source.get(first.relative, ())]
    for recipe in recipes:
        general = next((each for each in chosen.recipes if each.name == recipe.name), None)
        said = try_on_source(recipe, first.path, ffmpeg, files, general=general)
        if said:
            console.report(Warned(f"{first.relative}: {said}; other files may be fine"))
    return True


def try_on_picture(chosen: Chosen, console: Reporter) -> bool:
    """Try each recipe here on a test picture with sound, as no file is at hand.

    Returns whether that could be done. Raises RecipeFailed for what would fail on every file. A
    stream that the picture lacks is only a warning: the files may have it.
    """
    from batchff.events import Warned
    from batchff.ffmpeg.trial import RecipeFailed, bundled_ffmpeg, try_recipe

    ffmpeg = bundled_ffmpeg()
    if ffmpeg is None:
        return False
    for recipe in chosen.recipes:
        try:
            try_recipe(recipe, ffmpeg)
        except RecipeFailed as error:
            said = f"on a test picture, as the files are large: {error.message}"
            if _NO_SUCH_STREAM in error.words:
                console.report(Warned(f"{said}; the files may be fine"))
                continue
            hint = error.hint or "if only the picture is at fault, leave the try out with --no-try"
            raise RecipeFailed(said, words=error.words, hint=hint) from None
    return True


def is_untried(chosen: Chosen, console: Reporter, *, here: bool) -> bool:
    """Return whether recipes can't be tried on this machine, and warn of it."""
    from batchff.events import Warned

    why = _why_not_tried(chosen, here=here)
    if why:
        console.report(Warned(f"not tried here: {why}"))
    # What the bundled ffmpeg lacks was told before.
    return bool(why or chosen.lacking)


def _why_not_tried(chosen: Chosen, *, here: bool) -> str:
    from batchff.ffmpeg.trial import bundled_ffmpeg
    from batchff.pipeline.pool.gpu import recipe_hardware

    needed = {kind for recipe in chosen.recipes for kind in recipe_hardware(recipe)}
    if needed and not here:
        return f"it needs hardware ({', '.join(sorted(needed))})"
    if chosen.takes_playlists:
        return "the line names the source's format"
    if not chosen.lacking and bundled_ffmpeg() is None:
        return "imageio-ffmpeg has no ffmpeg for this machine"
    return ""


def tell_of_other_ffmpeg(spec: PoolSpec, console: Reporter, *, here: bool) -> None:
    """Say where the nodes' ffmpeg isn't the one that `try_recipes` tried with."""
    from batchff.events import Notice
    from batchff.ffmpeg.trial import bundled_ffmpeg, version_of

    ffmpeg = bundled_ffmpeg()
    tried = version_of(ffmpeg) if ffmpeg else ""
    if has_bundled(spec, here=here) and (here or tried == spec.ffmpeg_version):
        return
    nodes = ffmpeg_text(spec.ffmpeg_version, spec.ffmpeg)
    own = f"ffmpeg {tried}" if tried else "this machine's ffmpeg"
    console.report(Notice(f"tried here with {own}; the nodes' is {nodes}"))
