"""Read a description that was extracted from the SDK: its models with their Python types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.emulator.conformance.description import (
    CONDITIONS,
    Described,
    Description,
    Field,
    Kind,
    Type,
)

_KINDS: dict[str, Kind] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime": "time",
    "timedelta": "duration",
}
_CLASS = re.compile(r"<class '(\w+)'>")
_WRAPPED = re.compile(r"(Optional|Union|list|dict|ItemPaged)\[(.*)\]")
_MODEL = re.compile(r"(?:_models\.)*(\w+)")


def read_sdk_extract(path: Path) -> Description:
    """Read the extract; a paged operation answers with a list's envelope, a model of its own."""
    document = json.loads(path.read_text())
    enums = document["enums"]
    models = {
        name: {
            field: Field(
                _type(content["type"], enums, written=content["format"] == "str"),
                required=content["required"],
                read_only=content["visibility"] == ["read"],
            )
            for field, content in model["fields"].items()
        }
        for name, model in document["models"].items()
    }
    operations = {}
    for name, content in document["operations"].items():
        returned = _returned(content["returns"], enums)
        if content["pageable"] and returned is not None:
            models[f"{name} page"] = {
                "value": Field(Type("list", items=returned), required=True),
                "odata.nextLink": Field(Type("string"), required=False),
            }
            returned = Type("model", name=f"{name} page")
        operation = Described(
            _operation_name(name),
            content["method"],
            content["path"],
            content["success"][0],
            frozenset(header.lower() for header in content["response_headers"]),
            CONDITIONS & content["headers"].keys(),
            frozenset(content["query"]),
            frozenset(header.lower() for header in content["headers"]),
            content["content_type"],
            request=_body(content["args"], models),
            response=returned,
        )
        operations[operation.method, operation.path] = operation
    return Description(document["api_version"], operations, models)


def _operation_name(python: str) -> str:
    """Give the REST name: `_delete_pool_internal` is DeletePool."""
    words = python.removeprefix("_").removesuffix("_internal").split("_")
    return "".join(word.capitalize() for word in words)


def _returned(text: str, enums: Mapping[str, Any]) -> Type | None:
    return _type(text, enums) if "_models." in text else None


def _body(arguments: list[str], models: Mapping[str, Any]) -> str | None:
    """Name the body's model; those that the SDK keeps to itself aren't in the extract."""
    for argument in arguments:
        if "_models." in argument:
            name = argument.rpartition(".")[2].rstrip("]")
            return name if name in models else None
    return None


def _type(text: str, enums: Mapping[str, Any], *, written: bool = False) -> Type:
    text = text.strip().strip("'")
    if match := _CLASS.fullmatch(text):
        text = match[1]
    if match := _WRAPPED.fullmatch(text):
        wrapper, inner = match.groups()
        if wrapper == "list":
            return Type("list", items=_type(inner, enums, written=written))
        if wrapper == "dict":
            return Type("map")
        if wrapper == "Union":
            return Type("enum", choices=tuple(enums[inner.split(", ")[1]]))
        return _type(inner, enums, written=written)
    if text in _KINDS:
        return Type(_KINDS[text], written=written)
    match = _MODEL.fullmatch(text)
    assert match is not None, text
    return Type("model", name=match[1])
