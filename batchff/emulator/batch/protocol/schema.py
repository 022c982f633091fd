"""What a request's body may hold: fields, their types, and what the emulator doesn't support.

A body is checked whole before anything is done. A field that the service doesn't know is a 400 that
names it. What is well-formed and has no effect here is found by `without_effect`. `null` is as if
the field weren't there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.times import format_time, parse_duration, parse_time

Check = Callable[[Any, str], None]

_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def identifier(value: Any, name: str) -> None:
    """At most 64 of letters, digits, hyphen and underscore."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise bad_property(name, value, "An id is 1 to 64 of letters, digits, '-' and '_'")


def text(value: Any, name: str) -> None:
    """Any string."""
    if not isinstance(value, str):
        raise bad_property(name, value, "It must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise bad_property(name, ascii(value), "It holds half a surrogate pair") from None


def short_text(most: int) -> Check:
    """Any string of at most so many characters."""

    def check(value: Any, name: str) -> None:
        text(value, name)
        if len(value) > most:
            raise bad_property(name, value, f"It has at most {most} characters")

    return check


def filled(value: Any, name: str) -> None:
    """Any string but an empty one."""
    text(value, name)
    if not value.strip():
        raise bad_property(name, value, "It must not be empty")


def boolean(value: Any, name: str) -> None:
    """Take true and false."""
    if not isinstance(value, bool):
        raise bad_property(name, value, "It must be true or false")


def duration(value: Any, name: str) -> None:
    """An ISO 8601 duration."""
    text(value, name)
    try:
        parse_duration(value)
    except ValueError as error:
        raise bad_property(name, value, str(error)) from None


def moment(value: Any, name: str) -> None:
    """An ISO 8601 time."""
    text(value, name)
    try:
        format_time(parse_time(value))
    except (ValueError, OverflowError) as error:
        raise bad_property(name, value, str(error)) from None


def secret(value: Any, name: str) -> None:
    """A password or key: any string. No error shows it."""
    try:
        text(value, name)
    except BatchError:
        raise bad_property(name, {}, "It must be a string") from None


def free_object(value: Any, name: str) -> None:
    """Any object, whatever is in it, or its JSON as a string. No error shows it."""
    try:
        document = json.loads(value) if isinstance(value, str) else value
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError):
        raise bad_property(name, {}, "It must hold JSON alone") from None
    if not isinstance(document, dict):
        raise bad_property(name, {}, "It must be an object")


@dataclass(frozen=True, slots=True)
class _Integer:
    least: int
    most: int

    def __call__(self, value: Any, name: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad_property(name, value, "It must be a whole number")
        if not self.least <= value <= self.most:
            raise bad_property(name, value, f"It must be from {self.least} to {self.most}")


def integer(least: int, most: int = 2**31 - 1) -> Check:
    """A whole number; a field of a record may hold it as a string, which `az batch` sends."""
    return _Integer(least, most)


def choice(*known: str) -> Check:
    """One of some words, without case."""
    wanted = {word.lower() for word in known}

    def check(value: Any, name: str) -> None:
        text(value, name)
        if value.lower() not in wanted:
            raise bad_property(name, value, f"It must be one of {', '.join(known)}")

    return check


def listing(of: Check, most: int | None = None) -> Check:
    """Take a list of at most so many items, each of which passes a check."""

    def check(value: Any, name: str) -> None:
        if not isinstance(value, list):
            raise bad_property(name, value, "It must be a list")
        if most is not None and len(value) > most:
            raise bad_property(name, len(value), f"At most {most} items are taken")
        for index, item in enumerate(value):
            of(item, f"{name}[{index}]")

    return check


def refuse_repeated(values: Sequence[object], name: str, field: str) -> None:
    """Raise InvalidPropertyValue where two items of a list have the same value in a field."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise bad_property(f"{name}[{index}].{field}", value, "Each must have another")


def mapping(of: Check) -> Check:
    """An object with any names."""

    def check(value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise bad_property(name, value, "It must be an object")
        for key, content in value.items():
            of(content, f"{name}.{key[:100]}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these fields; drops those that are null, and makes numbers of their texts."""
    fields = {**required, **optional}

    def check(value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise bad_property(name or "body", value, "It must be an object")
        for field, content in list(value.items()):
            if content is None:
                del value[field]
                continue
            path = f"{name}.{field}" if name else field
            of = fields.get(field)
            if of is None:
                raise BatchError(
                    "InvalidRequestBody",
                    {
                        "PropertyName": path[:200],
                        "Reason": f"The property '{field[:100]}' does not exist",
                    },
                )
            if isinstance(of, _Integer) and _is_number(content):
                value[field] = content = int(content)
            of(content, path)
        for field in required:
            if field not in value:
                path = f"{name}.{field}" if name else field
                raise BatchError("MissingRequiredProperty", {"PropertyName": path})

    return check


def _is_number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None
