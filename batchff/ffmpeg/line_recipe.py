"""A line of the user's own as a recipe: what it makes is downloaded, all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batchff.errors import UsageError
from batchff.ffmpeg.line import INPUT, Line, Made, UnknownName, parse_line
from batchff.model.paths import split_suffix
from batchff.model.recipes import WHOLE, Recipe, RecipeOutput, Run

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")

NAME = "custom"
"""What the recipe of a line is called."""


def line_recipe(
    words: Sequence[str],
    suffix: str = "",
    beside: Sequence[str] = (),
    lacking: list[UnknownName] | None = None,
) -> tuple[Recipe, Line]:
    """Return the recipe of an ffmpeg line, and what the line says.

    `words` are what follows `ffmpeg`; `suffix` is that of the output whose name is left out, and
    `beside` are the names of the files beside the source. What is more than one file becomes a
    folder for each source. `lacking` is that of `parse_line`. Raises LineError for what can't be
    run or downloaded, and UsageError for words that a node's recipe.txt can't hold.
    """
    _check_words(words)
    if suffix and not _SUFFIX.fullmatch(suffix):
        raise UsageError(
            f"{suffix!r} can't be the outputs' suffix",
            hint="a suffix is a dot and up to 16 letters or digits, as in .mp3",
        )
    line = parse_line(words, suffix=suffix, beside=beside, lacking=lacking)
    arguments = [*line.words]
    last = line.outputs[-1]
    if last.is_default:
        arguments.append(last.name)
    return Recipe(NAME, (Run(tuple(arguments)),), (_output(line),), line.folders), line


def names_format(line: Line) -> bool:
    """Return whether a line says by -f what the source is: then it's read as that, whatever it is.

    So playlists and scripts are taken only when they are asked for.
    """
    return any(
        option.name == "f" for each in line.inputs if each.word == INPUT for option in each.options
    )


def _output(line: Line) -> RecipeOutput:
    if not line.makes_folder:
        name = line.makes[0].name
        return RecipeOutput(name, suffix=split_suffix(name)[1])
    return RecipeOutput(WHOLE, is_folder=True, suffixes=_suffixes(line.makes))


def _suffixes(makes: Sequence[Made]) -> tuple[str, ...]:
    """Return the suffixes of all that is made; none where one of them isn't known."""
    suffixes = [split_suffix(made.name)[1] for made in makes]
    if any(not suffix or "*" in suffix for suffix in suffixes):
        return ()
    return tuple(dict.fromkeys(suffixes))


def _check_words(words: Sequence[str]) -> None:
    for word in words:
        if "\n" in word or "\0" in word:
            raise UsageError(f"the argument {word!r} holds a line break or a zero byte")
        try:
            word.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise UsageError(f"the argument {word!r} isn't valid text") from None
