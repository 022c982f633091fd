"""A preset's promise, parameters and runs in words."""

from __future__ import annotations

import re
import shlex

from batchff.ffmpeg.line import INPUT
from batchff.ffmpeg.presets.model import Parameter
from batchff.ffmpeg.presets.parameters import plain, values_text
from batchff.model.recipes import Count, Promise, Recipe, RecipeOutput

_WITH = re.compile(r"\{with:(\d+)\}")
_COUNTS = {
    Count.NONE: "no {one}",
    Count.ONE: "one {one}",
    Count.ONE_IF_ANY: "one {one} if there is any",
    Count.ALL: "all {many}",
}
_KINDS = (
    ("video", "picture", "pictures"),
    ("audio", "sound", "sounds"),
    ("subtitles", "subtitle", "subtitles"),
)


def promise_text(promise: Promise) -> str:
    """Return a promise in words."""
    said = []
    for kind, one, many in _KINDS:
        count: Count = getattr(promise, kind)
        # That a file has no subtitles is no promise that anyone waits for.
        if count is not Count.ANY and (count is not Count.NONE or kind != "subtitles"):
            said.append(_COUNTS[count].format(one=one, many=many))
    if promise.width or promise.height:
        sides = ((promise.width, "wide"), (promise.height, "high"))
        said += [f"{size} pixels {side}" for size, side in sides if size]
    if promise.duration:
        said.append("as long as the source")
    if promise.frames:
        said.append("each frame at its time")
    return ", ".join(said) or "it isn't empty"


def output_text(output: RecipeOutput) -> str:
    """Return what an output is called on the user's machine."""
    if not output.is_folder:
        return f"FILE{output.suffix}"
    return f"FILE{'.' if output.name else ''}{output.name}/ with {', '.join(output.suffixes)}"


def parameter_text(parameter: Parameter) -> str:
    """Return which values a parameter takes, and what it's for."""
    return f"{values_text(parameter)}: {parameter.help}"


def default_text(parameter: Parameter) -> str:
    """Return a parameter's default as `--set` takes it."""
    return plain(parameter.default)


def shell_lines(recipe: Recipe) -> list[str]:
    """Return commands that make a recipe's outputs of a file called INPUT.

    WITH0 and so on are the files beside it.
    """
    lines = [f"mkdir -p {shlex.quote(folder)}" for folder in recipe.folders]
    for run in recipe.runs:
        words = (_WITH.sub(r"WITH\1", each).replace(INPUT, "INPUT") for each in run.arguments)
        lines.append(" ".join(["ffmpeg", *map(_quoted, words)]))
        if run.measures:
            lines.append(f"# {{measured:…}} below is the {run.measures} that this run measures")
    return lines


def _quoted(word: str) -> str:
    """Quote a word for a shell; filters have single quotes, so that double ones read better."""
    if "'" in word and not re.search(r'["$`\\!]', word):
        return f'"{word}"'
    return shlex.quote(word)
