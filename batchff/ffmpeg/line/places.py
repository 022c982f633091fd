"""Places that a node fills in: `{input}` is the source, `{with:0}` the first file beside it.

A place is a word of its own, or a file's name within a filter or an encoder's options.
"""

from __future__ import annotations

import re

from batchff.ffmpeg.line.errors import LineError

INPUT = "{input}"
PLACE = re.compile(r"\{input\}|\{with:(\d+)\}")

_NODE_NAME = re.compile(r"(?:input|with-(\d+))(?:\.[A-Za-z0-9]+)?")
# The colon of {with:0} divides options in a graph. No word has this character for it.
_COLON = "\ue000"
_HIDDEN = re.compile(rf"\{{with{_COLON}(\d+)\}}")


def hide_colons(text: str) -> str:
    """Return a graph's text with no place that has a colon, to be read by the rules of graphs."""
    return PLACE.sub(lambda found: found[0].replace(":", _COLON), text)


def show_colons(text: str) -> str:
    """Return a part of a text that `hide_colons` has returned as it was."""
    return _HIDDEN.sub(r"{with:\1}", text)


def refuse_within(word: str, at: int) -> None:
    """Raise LineError for a place within a word that nothing reads as a file's name."""
    found = PLACE.search(word)
    if found is None or found[0] == word:
        return
    shown = word if word.isprintable() else ascii(word)
    raise LineError(
        f"{found[0]} is a part of the word '{shown}'",
        word=word,
        at=at,
        hint=f"write it as a word of its own, as in -i {found[0]}, or as a filter's file, as in "
        f"-vf subtitles={found[0]}",
    )


def place_of(name: str) -> str | None:
    """Return the place of a file by the file's name on the node; None for other names."""
    found = _NODE_NAME.fullmatch(name)
    if found is None:
        return None
    return INPUT if found[1] is None else f"{{with:{found[1]}}}"
