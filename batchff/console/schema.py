"""The contract of `--json` as JSON Schemas, made from the dataclasses of events and results."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Union, get_args, get_origin, get_type_hints

from batchff import events, results
from batchff.console.json_lines import VERSION, inlined_by, is_only_for_displays, shown_fields
from batchff.errors import ExitCode
from batchff.events import Event
from batchff.results import INLINE, SHOWN, WHERE_SET, WITHOUT_EMPTY, Result

REVISION = 4
"""Raised by one when something is added; 0 again when `VERSION` is raised.

`VERSION` is raised when something is removed, or gets another type or meaning.
"""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_TIME: Schema = {"type": "string", "format": "date-time"}
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime: _TIME,
    Any: {},
    object: {},
}
_LINES = "#/$defs/"


def version() -> str:
    """Return the version of the contract: the one in each line, and what was added since."""
    return f"{VERSION}.{REVISION}"


def line_names() -> list[str]:
    """Return what lines are called: the events, `result` and `error`."""
    return [*_events(), "result", "error"]


def names() -> list[str]:
    """Return what a schema can be asked for: all lines, and the data of each command's result."""
    return [*line_names(), *_results()]


def whole_schema(*, strict: bool = False) -> Schema:
    """Return the schema of every line. A strict one allows no keys that aren't known."""
    maker = _Maker(strict=strict)
    lines = {kind: maker.event_line(kind, of) for kind, of in _events().items()}
    data = {name: maker.results(of) for name, of in _results().items()}
    lines["result"] = maker.result_line(data)
    lines["error"] = maker.error_line()
    return {
        **_head("Each line that batchff prints on stdout with --json"),
        "anyOf": [{"$ref": f"{_LINES}{_escaped(kind)}"} for kind in lines],
        "$defs": lines | maker.definitions,
    }


def schema_of(name: str, *, strict: bool = False) -> Schema | None:
    """Return one schema with all that it needs; None for a name that isn't one of `names`.

    That of an event, of `result` and of `error` is of a line, that of a command is of the `data` in
    its result.
    """
    maker = _Maker(strict=strict)
    if name in (known := _events()):
        made, title = maker.event_line(name, known[name]), f"The event {name}"
    elif name == "error":
        made, title = maker.error_line(), "The last line of a command that failed"
    elif name == "result":
        data = {each: maker.results(of) for each, of in _results().items()}
        made, title = maker.result_line(data), "The last line of a command that didn't fail"
    elif name in (commands := _results()):
        made, title = maker.results(commands[name]), f"The data in the result of batchff {name}"
    else:
        return None
    definitions = {"$defs": maker.definitions} if maker.definitions else {}
    return {**_head(title), **made, **definitions}


def _head(title: str) -> Schema:
    return {"$schema": DIALECT, "title": title, "version": version()}


def _events() -> dict[str, type[Event]]:
    """Return the events that become lines, by kind."""
    found = (of for of in _classes(events) if issubclass(of, Event) and hasattr(of, "kind"))
    return {of.kind: of for of in sorted(found, key=lambda of: of.kind) if _is_written(of)}


def _is_written(of: type[Event]) -> bool:
    return not is_only_for_displays(of)


def _results() -> dict[str, list[type[Result]]]:
    """Return the results by their commands: one of several kinds where a command has more."""
    found: dict[str, list[type[Result]]] = {}
    for of in _classes(results):
        if issubclass(of, Result) and hasattr(of, "command"):
            found.setdefault(of.command, []).append(of)
    return {command: found[command] for command in sorted(found)}


def _classes(package: types.ModuleType) -> Iterator[type]:
    below = walk_packages(package.__path__, f"{package.__name__}.")
    for module in (package, *(import_module(info.name) for info in below)):
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                yield value


class _Maker:
    """Makes schemas; what several use is in `definitions`, by module and name."""

    def __init__(self, *, strict: bool) -> None:
        self.definitions: dict[str, Schema] = {}
        self._strict = strict

    def event_line(self, kind: str, of: type[Event]) -> Schema:
        properties: dict[str, Schema] = {}
        for name, hint in shown_fields(of):
            properties[name] = self._type(hint)
        return self._line(kind, properties, _said_of_line(of))

    def result_line(self, data: Mapping[str, Schema]) -> Schema:
        properties: dict[str, Schema] = {
            "command": {"enum": list(data)},
            "data": {"type": "object"},
        }
        line = self._line("result", properties, "How a command ended: its data by the command.")
        line["anyOf"] = [
            {"properties": {"command": {"const": command}, "data": schema}}
            for command, schema in data.items()
        ]
        return line

    def error_line(self) -> Schema:
        codes = [int(code) for code in ExitCode if code != ExitCode.DONE]
        properties: dict[str, Schema] = {
            "code": {"enum": codes},
            "message": {"type": "string"},
            "hint": {"type": "string"},
        }
        said = "Why a command failed: its exit code, what happened, and what to do."
        return self._line("error", properties, said)

    def results(self, kinds: list[type[Result]]) -> Schema:
        made = [self._reference(of) for of in kinds]
        return made[0] if len(made) == 1 else {"anyOf": made}

    def _line(self, kind: str, properties: Mapping[str, Schema], said: str) -> Schema:
        whole: dict[str, Schema] = {"v": {"const": VERSION}, "event": {"const": kind}}
        whole |= {"time": _TIME, **properties}
        return self._object(whole, list(whole), said)

    def _object(self, properties: Mapping[str, Schema], required: list[str], said: str) -> Schema:
        made: Schema = {"description": said, "type": "object", "properties": dict(properties)}
        if required:
            made["required"] = required
        return made | ({"additionalProperties": False} if self._strict else {})

    def _type(self, hint: Any) -> Schema:
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._either([self._type(each) for each in arguments])
        if origin is tuple and arguments[1:] == (...,):
            return {"type": "array", "items": self._type(arguments[0])}
        if origin is tuple:
            kinds = [self._type(each) for each in arguments]
            return {"type": "array", "prefixItems": kinds, "minItems": len(kinds), "items": False}
        if origin in (list, frozenset):
            return {"type": "array", "items": self._type(arguments[0])}
        if origin is not None and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self._type(arguments[1])}
        if inspect.isclass(hint) and issubclass(hint, Enum):
            return {"enum": [each.value for each in hint]}
        if is_dataclass(hint):
            return self._reference(hint)
        raise TypeError(f"no schema is known for {hint!r}")

    @staticmethod
    def _either(kinds: list[Schema]) -> Schema:
        """Return the schema of several types: in short where each has only its name."""
        if all(list(kind) == ["type"] for kind in kinds):
            return {"type": [kind["type"] for kind in kinds]}
        return {"anyOf": kinds}

    def _reference(self, of: Any) -> Schema:
        name = f"{of.__module__.removeprefix('batchff.')}.{of.__name__}"
        if name not in self.definitions:
            self.definitions[name] = {}  # it may hold itself
            properties, required = self._fields(of)
            self.definitions[name] = self._object(properties, required, _said(of))
        return {"$ref": f"{_LINES}{_escaped(name)}"}

    def _fields(self, of: Any) -> tuple[dict[str, Schema], list[str]]:
        """Return the properties of a dataclass, and which of them are always there."""
        hints = get_type_hints(of)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for field in fields(of):
            hint, shown = hints[field.name], field.metadata.get(SHOWN)
            if shown == INLINE[SHOWN]:
                inner, always = self._fields(hint)
                properties |= inner
                required += [name for name in always if name not in required]
                continue
            if shown == WITHOUT_EMPTY[SHOWN]:
                properties[field.name] = self._without_empty(hint)
            else:
                properties[field.name] = self._type(hint)
            if shown != WHERE_SET[SHOWN] and field.name not in required:
                required.append(field.name)
        return properties, required

    def _without_empty(self, hint: Any) -> Schema:
        """Return the schema of something of which empty texts are left out."""
        kinds = get_args(hint) or (hint,)
        made = []
        for kind in kinds:
            if not is_dataclass(kind):
                made.append(self._type(kind))
                continue
            properties, required = self._fields(kind)
            always = [name for name in required if properties[name] != {"type": "string"}]
            made.append(self._object(properties, always, _said(kind)))
        return made[0] if len(made) == 1 else {"anyOf": made}


def _said_of_line(of: type[Event]) -> str:
    """Return what an event says: where it shows the fields of what it holds, that one's words."""
    held = inlined_by(of)
    if held is None:
        return _said(of)
    return "\n\n".join((_said(of).partition("\n\n")[0], _said(held).partition("\n\n")[2]))


def _said(of: Any) -> str:
    return inspect.getdoc(of) or ""


def _escaped(name: str) -> str:
    """Return a name as a part of a JSON Pointer in a URI."""
    return name.replace("~", "~0").replace("/", "~1").replace(" ", "%20")
