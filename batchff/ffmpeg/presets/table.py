"""Reads the tables of a preset's file: each key by its type, and none that has no meaning."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.model import Condition, Piece, Pieces
from batchff.ffmpeg.presets.source import Key, Source

_TYPES = {str: "a text", bool: "true or false", list: "a list", dict: "a table"}
_CURES = {
    str: 'write it in quotes: {name} = "…"',
    bool: "",
    list: 'write it in brackets: {name} = ["…"]',
    dict: "write it in braces: {name} = {{ … }}",
}
_CONDITION = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(?:(!=|>=|<=|=|<|>)\s*(\S+)\s*)?")


class Table:
    """A table of the file. `end` refuses the keys that nothing has asked for."""

    def __init__(self, source: Source, key: Key, content: dict[str, Any]) -> None:
        self._source = source
        self.key = key
        self._content = content
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def names(self) -> Iterable[str]:
        """Return the keys that are written."""
        return self._content.keys()

    def error(self, name: str | Key, message: str, *, hint: str = "") -> PresetError:
        """Return the error for a key of this table, or for a whole key."""
        key = (*self.key, name) if isinstance(name, str) else name
        return self._source.error(key, message, hint=hint)

    def end(self) -> None:
        """Raise PresetError where a key has no meaning here."""
        for name in self._content:
            if name in self._asked:
                continue
            near = difflib.get_close_matches(name, self._asked, n=1)
            known = ", ".join(sorted(self._asked))
            hint = f"did you mean {near[0]}?" if near else f"the keys here are: {known}"
            raise self.error(name, "means nothing here", hint=hint)

    def _get(self, name: str, wanted: type) -> Any:
        self._asked.add(name)
        value = self._content.get(name)
        if value is not None and not isinstance(value, wanted):
            hint = _CURES[wanted].format(name=name)
            raise self.error(name, f"must be {_TYPES[wanted]}, not {shown(value)}", hint=hint)
        return value

    def missing(self, name: str, hint: str = "") -> PresetError:
        """Return the error for a key that isn't there; another may be written in its place."""
        if near := difflib.get_close_matches(name, self._content, n=1):
            hint = f"is {near[0]} meant?"
        return self.error(name, "is missing", hint=hint)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text of one line; without a default it must be there."""
        value: str | None = self._get(name, str)
        if value is None and default is None:
            raise self.missing(name, f'write {name} = "…"')
        if value is not None and not value.isprintable():
            said = "must be one line of text, without control characters"
            raise self.error(name, said)
        return (value if value is not None else default) or ""

    def raw(self, name: str) -> Any:
        """Return a value of any type; None where there is none."""
        self._asked.add(name)
        return self._content.get(name)

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value: bool | None = self._get(name, bool)
        return default if value is None else value

    def number(self, name: str) -> float | None:
        """Return a number; None where there is none."""
        value = self.raw(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            said = f"must be a number, not {shown(value)}"
            raise self.error(name, said, hint="write it without quotes")
        if value is not None and not math.isfinite(value):
            raise self.error(name, f"{value} is no bound", hint="leave it out where there is none")
        return value

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return one of several texts."""
        value = self.text(name, default)
        if name in self and value not in choices:
            raise self.error(name, f"must be one of {', '.join(choices)}, not '{value}'")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        for number, value in enumerate(items := self._get(name, list) or []):
            if not isinstance(value, str):
                key = (*self.key, name, number)
                raise self.error(key, f"must be a text, not {shown(value)}")
        return tuple(items)

    def table(self, name: str) -> Table:
        """Return a table within; an empty one where there is none."""
        return Table(self._source, (*self.key, name), self._get(name, dict) or {})

    def tables(self, name: str) -> Iterator[Table]:
        """Yield the tables of `[[name]]`."""
        content = self._content.get(name)
        self._asked.add(name)
        if content is not None and not isinstance(content, list):
            said = f"must be a list of tables, not {shown(content)}"
            raise self.error(name, said, hint=f"begin each with [[{name}]]")
        for number, value in enumerate(content or []):
            key = (*self.key, name, number)
            if not isinstance(value, dict):
                hint = f"begin each with [[{name}]]"
                raise self.error(key, f"must be a table, not {shown(value)}", hint=hint)
            yield Table(self._source, key, value)

    def pieces(self, name: str) -> Pieces:
        """Return a list of texts, some of them with a condition."""
        pieces = []
        for number, value in enumerate(self._get(name, list) or []):
            key = (*self.key, name, number)
            if isinstance(value, str):
                pieces.append(Piece(value, key))
            elif isinstance(value, dict):
                pieces.append(_conditional(Table(self._source, key, value)))
            else:
                hint = 'write "…", or { if = "…", then = "…", else = "…" }'
                raise self.error(key, f"must be a text, not {shown(value)}", hint=hint)
        return tuple(pieces)


def _conditional(table: Table) -> Piece:
    written = table.text("if")
    found = _CONDITION.fullmatch(written)
    if found is None:
        raise table.error(
            "if",
            f"'{written}' is no condition",
            hint='write a parameter\'s name, or compare it, as in "height > 0"',
        )
    then, otherwise = table.text("then", ""), table.text("else", "")
    table.end()
    if not then and not otherwise:
        raise table.missing("then", 'write { if = "…", then = "…", else = "…" }')
    condition = Condition(found[1], found[2] or "", found[3] or "")
    return Piece(then, table.key, condition, otherwise)


def shown(value: object) -> str:
    """Return a value as errors call it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)
