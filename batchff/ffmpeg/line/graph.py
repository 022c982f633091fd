"""Reads the text of a filter graph as ffmpeg does, with its two levels of quoting."""

from __future__ import annotations

import re

from batchff.ffmpeg.line.errors import LineError
from batchff.ffmpeg.line.model import Filter, Graph, Option
from batchff.ffmpeg.line.places import hide_colons, show_colons

_SPACES = " \n\t\r"
_KEY = re.compile(r"[ \n\t\r]*(/?[A-Za-z0-9_]+)[ \n\t\r]*=")
_SCALER_FLAGS = re.compile(r"[ \n\t\r]*sws_flags=[^;]*;")


def parse_graph(option: Option, text: str | None = None, *, is_complex: bool = False) -> Graph:
    """Return the graph that an option's value, or another text of it, describes.

    Raises LineError for what ffmpeg can't read. Names of filters aren't looked up here.
    """
    text = hide_colons(option.text if text is None else text)
    head = _SCALER_FLAGS.match(text)
    reader = _Reader(option, text, head.end() if head else 0)
    filters: list[Filter] = []
    while True:
        filters.append(reader.filter())
        if not reader.at_end() and reader.next() not in ",;":
            raise reader.error("what follows the filter can't be read")
        if reader.at_end():
            break
        reader.at += 1
        # A graph may end with a separator.
        if reader.at_end():
            break
    return Graph(option, tuple(filters), is_complex)


def read_token(text: str, at: int, ends: str) -> tuple[str, int]:
    """Return the text up to one of the ending characters, unquoted, and where it ended.

    A backslash keeps the character after it, single quotes what is between them; spaces around are
    dropped. As av_get_token of libavutil.
    """
    while at < len(text) and text[at] in _SPACES:
        at += 1
    kept: list[str] = []
    solid = 0
    while at < len(text) and text[at] not in ends:
        character = text[at]
        at += 1
        if character == "\\" and at < len(text):
            kept.append(text[at])
            at += 1
            solid = len(kept)
        elif character == "'":
            close = text.find("'", at)
            close = len(text) if close < 0 else close
            kept.extend(text[at:close])
            at = min(close + 1, len(text))
            solid = len(kept)
        else:
            kept.append(character)
    while len(kept) > solid and kept[-1] in _SPACES:
        kept.pop()
    return "".join(kept), at


def read_arguments(text: str) -> tuple[tuple[str, str], ...]:
    """Return the options in a filter's arguments, each with its key; empty for a plain one."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        key = _KEY.match(text, at)
        value, at = read_token(text, key.end() if key else at, ":")
        found.append((key[1] if key else "", value))
        at += 1
    return tuple(found)


class _Reader:
    """A place in a graph's text."""

    def __init__(self, option: Option, text: str, at: int) -> None:
        self.option = option
        self.text = text
        self.at = at

    def next(self) -> str:
        return self.text[self.at]

    def at_end(self) -> bool:
        while self.at < len(self.text) and self.next() in _SPACES:
            self.at += 1
        return self.at >= len(self.text)

    def error(self, what: str) -> LineError:
        rest = show_colons(self.text[self.at : self.at + 20])
        return LineError(
            f"the filters of {self.option.word} can't be read at '{rest}': {what}",
            word=show_colons(self.text),
            at=self.option.at + 1,
            hint="put , between filters, ; between chains, and labels in [ ]",
        )

    def labels(self) -> tuple[str, ...]:
        found: list[str] = []
        while not self.at_end() and self.next() == "[":
            label, end = read_token(self.text, self.at + 1, "]")
            if end >= len(self.text) or not label:
                raise self.error("a label isn't closed" if label else "a label is empty")
            found.append(show_colons(label))
            self.at = end + 1
        return tuple(found)

    def filter(self) -> Filter:
        inputs = self.labels()
        start = self.at
        name, self.at = read_token(self.text, self.at, "=,;[")
        if not name:
            self.at = start
            raise self.error("there is no filter")
        arguments = ""
        if not self.at_end() and self.next() == "=":
            arguments, self.at = read_token(self.text, self.at + 1, "[],;")
        found = tuple((key, show_colons(value)) for key, value in read_arguments(arguments))
        return Filter(show_colons(name.partition("@")[0]), found, inputs, self.labels())
