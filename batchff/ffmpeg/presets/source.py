"""A preset's TOML, and on which line each of its keys is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from batchff.ffmpeg.presets.errors import PresetError

Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, numbers of items."""

_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True)
class Source:
    """The text of a preset's file; `file` is what errors call it."""

    file: str
    text: str

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return what the text says; raise PresetError where it isn't TOML."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            place = _SYNTAX_PLACE.search(said)
            last = self.text.count("\n") + 1
            line = int(place[1]) if place and place[1] else last
            said = said[: place.start()] if place else said
            raise PresetError(
                f"that isn't TOML: {said}", file=self.file, line=line, hint="see https://toml.io"
            ) from None

    def error(self, key: Key, message: str, *, hint: str = "") -> PresetError:
        """Return the error for what is at a key."""
        line = self.line_of(key)
        return PresetError(message, file=self.file, line=line, key=key_text(key), hint=hint)

    def line_of(self, key: Key) -> int:
        """Return the line that a key, or an item of a list, is on, counted from 1.

        A statement ends where the text up to there is TOML: the first such text that has the key
        ends with the key's statement. Of a key that there isn't, it's the line of its table.
        """
        if not key:
            return 1
        lines = self.text.splitlines()
        first = 1
        for count in range(1, len(lines) + 1):
            document = _parsed(lines[:count])
            if document is None:
                continue
            if _holds(document, key):
                first = _skip_comments(lines, first)
                return self._line_of_item(lines, key, first, count)
            first = count + 1
        return self.line_of(key[:-1])

    def _line_of_item(self, lines: list[str], key: Key, first: int, last: int) -> int:
        """Return where in a list of several lines an item is: the list is ended after each."""
        for count in range(first, last):
            document = _parsed([*lines[:count], "]"])
            if document is not None and _holds(document, key):
                return count
        # An item alone on its last line, or a value that is no list.
        has_list = any(_parsed([*lines[:count], "]"]) is not None for count in range(first, last))
        return last if has_list and isinstance(key[-1], int) else first


def key_text(key: Key) -> str:
    """Return a key as people write it; items and tables of a list are counted from 1."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _holds(value: Any, key: Key) -> bool:
    for part in key:
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                return False
        elif not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _skip_comments(lines: list[str], first: int) -> int:
    while first < len(lines) and re.match(r"\s*(#|$)", lines[first - 1]):
        first += 1
    return first
