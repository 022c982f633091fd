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

_ENDS = ("]", "}", '"', "'")
"""What a statement of several lines ends with."""

_LONG = 500
"""In a list of so many lines no item is looked for."""

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
        except RecursionError:
            raise PresetError("lists within lists are too many", file=self.file) from None
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            place = _SYNTAX_PLACE.search(said)
            last = self.text.count("\n") + 1
            line = int(place[1]) if place and place[1] else last
            said = _plain(said[: place.start()] if place else said)
            raise PresetError(
                f"that isn't TOML: {said}", file=self.file, line=line, hint="see https://toml.io"
            ) from None

    def error(self, key: Key, message: str, *, hint: str = "") -> PresetError:
        """Return the error for what is at a key."""
        line = self.line_of(key)
        return PresetError(message, file=self.file, line=line, key=key_text(key), hint=hint)

    def line_of(self, key: Key) -> int:
        """Return the line that a key, or an item of a list, is on, counted from 1.

        Of a key that there isn't, it's the line of its table.
        """
        if not key:
            return 1
        for statement in self._statements:
            if statement.has(key):
                return statement.line_of(key)
        return self.line_of(key[:-1])

    @cached_property
    def _statements(self) -> list[_Statement]:
        """The text's statements. The text is TOML as a whole."""
        lines = self.text.split("\n")
        found: list[_Statement] = []
        counts: dict[Key, int] = {}
        table: Key = ()
        first = 0
        while first < len(lines):
            head = lines[first].strip()
            if not head or head.startswith("#"):
                first += 1
                continue
            last, content = _end_of_statement(lines, first)
            if head.startswith("["):
                table = _table_key(content, counts)
                content = {}
            found.append(_Statement(first + 1, tuple(lines[first : last + 1]), table, content))
            first = last + 1
        return found


@dataclass(frozen=True, slots=True)
class _Statement:
    """A key with its value within a table, or a table's heading, which has no content."""

    first: int
    lines: tuple[str, ...]
    table: Key
    content: dict[str, Any]

    def has(self, key: Key) -> bool:
        """Return whether the key is on its lines."""
        if not self.content:
            return self.table[: len(key)] == key
        size = len(self.table)
        return key[:size] == self.table and len(key) > size and _holds(self.content, key[size:])

    def line_of(self, key: Key) -> int:
        """Return the line of a key that it has; of an item of a list over many lines, that one's.

        The list is ended after each line, to see which items it has by then.
        """
        rest = key[len(self.table) :]
        count = len(self.lines)
        has_item = any(isinstance(part, int) for part in rest)
        if not self.content or not has_item or not 1 < count < _LONG:
            return self.first
        for at in range(1, count):
            document = _parsed([*self.lines[:at], "]"])
            if document is not None and _holds(document, rest):
                return self.first + at - 1
        return self.first + count - 1


def _end_of_statement(lines: list[str], first: int) -> tuple[int, dict[str, Any]]:
    """Return the index of a statement's last line, and what it says."""
    for last in range(first, len(lines)):
        # Else each line of a long list would be tried.
        if last == first or lines[last].rstrip().endswith(_ENDS) or "#" in lines[last]:
            content = _parsed(lines[first : last + 1])
            if content is not None:
                return last, content
    return first, {}


def _table_key(heading: dict[str, Any], counts: dict[Key, int]) -> Key:
    """Return which table a heading begins; `counts` has the number of the last of each list."""
    key: Key = ()
    value: Any = heading
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        key = (*key, name)
        if isinstance(value, list):
            counts[key] = counts.get(key, -1) + 1
        if key in counts:
            key = (*key, counts[key])
    return key


def _plain(said: str) -> str:
    """Return what tomllib says against a text in plainer words, where it isn't plain."""
    if found := re.fullmatch(r"Cannot declare \((.*?),?\) twice", said):
        names = re.findall(r"'([^']*)'", found[1])
        return f"[{'.'.join(names)}] is there twice"
    return "the key is there twice" if said == "Cannot overwrite a value" else said


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
