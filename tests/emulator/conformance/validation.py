"""Hold a value of a response against its type: every difference is told with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.emulator.conformance.description import Description, Type

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", re.ASCII)
_DURATION = re.compile(
    r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,7})?S)?)?|PT0S",
    re.ASCII,
)
_IN_CAPITALS = frozenset(
    {
        *("Success", "ClientError", "ServerError", "UserError"),
        *("Spread", "Pack", "Regional", "Zonal"),
        *("TaskSuccess", "TaskFailure", "TaskCompletion"),
        *("BatchManaged", "UserManaged", "NoPublicIPAddresses"),
    }
)
"""What is described in lower case, and written so by the service."""
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "time": (str,),
    "duration": (str,),
    "enum": (str,),
    "list": (list,),
    "map": (dict,),
    "model": (dict,),
}


def differences(
    description: Description, wanted: Type, value: Any, place: str = ""
) -> Iterator[str]:
    """Tell what a value has that its type doesn't allow, and what it lacks."""
    if wanted.written and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return
    fits: bool = isinstance(value, _PYTHON[wanted.kind])
    if not fits or (isinstance(value, bool) and wanted.kind != "boolean"):
        yield f"{place}: {value!r} is no {wanted.kind}"
    elif wanted.kind == "time" and not _TIME.fullmatch(value):
        yield f"{place}: {value!r} is not written as a time"
    elif wanted.kind == "duration" and not _DURATION.fullmatch(value):
        yield f"{place}: {value!r} is not written as a duration"
    elif wanted.kind == "enum" and not _is_choice(value, wanted.choices):
        yield f"{place}: {value!r} is none of {', '.join(wanted.choices)}"
    elif wanted.kind == "list" and wanted.items is not None:
        for index, item in enumerate(value):
            yield from differences(description, wanted.items, item, f"{place}[{index}]")
    elif wanted.kind == "model":
        yield from _of_model(description, wanted.name, value, place)


def _is_choice(value: str, choices: tuple[str, ...]) -> bool:
    """Say whether a value is one of an enum's, as the service writes them."""
    return (value in choices) is (value not in _IN_CAPITALS) and value.lower() in {
        choice.lower() for choice in choices
    }


def _of_model(
    description: Description, name: str, value: dict[str, Any], place: str
) -> Iterator[str]:
    fields = description.models[name]
    for field in fields:
        if fields[field].required and field not in value:
            yield f"{place}.{field} of {name} is missing"
    for field, content in value.items():
        if field in fields:
            yield from differences(description, fields[field].type, content, f"{place}.{field}")
        elif not field.startswith("odata."):
            yield f"{place}.{field} is not in {name}"
