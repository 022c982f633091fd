"""Read a description that is an OpenAPI 2 document."""

from __future__ import annotations

import json
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

_SUCCESSES = ("200", "201", "202", "204")
_KINDS: dict[str, Kind] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
_FORMATS: dict[str, Kind] = {"date-time": "time", "duration": "duration"}


def read_openapi(path: Path) -> Description:
    """Read the document: its definitions become models, but those that only name an enum."""
    document = json.loads(path.read_text())
    definitions = document["definitions"]
    operations = [
        _operation(method.upper(), path, operation, definitions)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return Description(
        document["info"]["version"],
        {(operation.method, operation.path): operation for operation in operations},
        {
            name: {
                field: Field(
                    _type(schema, definitions),
                    required=field in definition.get("required", ()),
                    read_only=schema.get("readOnly", False),
                )
                for field, schema in definition.get("properties", {}).items()
            }
            for name, definition in definitions.items()
            if "enum" not in definition
        },
    )


def _operation(
    method: str, path: str, operation: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Described:
    status = next(each for each in _SUCCESSES if each in operation["responses"])
    answer = operation["responses"][status]
    schema = answer.get("schema")
    parameters = {each["name"]: each for each in operation["parameters"] if "name" in each}
    bodies = [each["schema"] for each in parameters.values() if each["in"] == "body"]
    queries = {name for name, each in parameters.items() if each["in"] == "query"}
    headers = {name.lower() for name, each in parameters.items() if each["in"] == "header"}
    return Described(
        operation["operationId"],
        method,
        path,
        int(status),
        frozenset(name.lower() for name in answer.get("headers", ())),
        CONDITIONS & parameters.keys(),
        frozenset(queries | {"api-version"}),
        frozenset(headers),
        bool(bodies),
        parameters.get("maxresults", {}).get("maximum"),
        _reference(bodies[0]) if bodies else None,
        _type(schema, definitions) if schema and schema.get("format") != "file" else None,
    )


def _reference(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Type:
    if "$ref" in schema:
        name = _reference(schema)
        named = definitions[name]
        return Type("model", name=name) if "enum" not in named else _type(named, definitions)
    if "enum" in schema:
        return Type("enum", choices=tuple(schema["enum"]))
    if schema["type"] == "array":
        return Type("list", items=_type(schema["items"], definitions))
    if schema["type"] == "object":
        return Type("map")
    if schema.get("format") in _FORMATS:
        return Type(_FORMATS[schema["format"]])
    written = schema["type"] == "integer" and schema.get("format") == "int64"
    return Type(_KINDS[schema["type"]], written=written)
