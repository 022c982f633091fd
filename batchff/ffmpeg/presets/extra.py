"""`--preset h264 -- -crf 28`: a preset's recipe with output options of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from batchff.errors import UsageError
from batchff.ffmpeg.line import LineError, UnknownName, parse_line
from batchff.model.recipes import Recipe

_NULL = ("-f", "null", "-")


def extra(
    recipe: Recipe,
    arguments: Sequence[str],
    beside: Sequence[str] = (),
    lacking: list[UnknownName] | None = None,
) -> Recipe:
    """Return the recipe with more options for its output, after the preset's own.

    They are given to the last run that makes an output. `beside` are the names of the files beside
    the source, `lacking` is that of `parse_line`. Raises UsageError where the recipe makes several
    outputs, and LineError for what isn't an option of an output.
    """
    if not arguments:
        return recipe
    if len(recipe.outputs) > 1:
        names = ", ".join(output.name for output in recipe.outputs)
        raise UsageError(
            f"preset {recipe.name} makes several outputs ({names}): "
            "arguments after -- can't add to one of them only",
            hint="write a preset of your own; this one is a start: "
            f"batchff preset show {recipe.name} --toml",
        )
    output = recipe.outputs[0]
    suffix = output.suffix or ".mkv"
    line = parse_line(arguments, suffix=suffix, beside=beside, lacking=lacking)
    if "{input}" in arguments or len(line.inputs) > 1 or not line.outputs[0].is_default:
        raise UsageError(
            "with --preset, arguments after -- can only be options of the output",
            hint="leave out -i and outputs' names, or leave out --preset for a line of your own",
        )
    if option := next((each for each in line.options if each.name == "filter_complex"), None):
        raise LineError(
            f"{option.word} can't be added to a preset",
            word=option.word,
            at=option.at,
            hint="leave out --preset for a line of your own",
        )
    runs = list(recipe.runs)
    last = max(at for at, run in enumerate(runs) if run.arguments[-3:] != _NULL)
    words = runs[last].arguments
    runs[last] = replace(runs[last], arguments=(*words[:-1], *arguments, words[-1]))
    return replace(recipe, runs=tuple(runs))
