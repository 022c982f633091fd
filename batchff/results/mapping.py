"""The one place where a result becomes what JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from batchff.results import INLINE, SHOWN, WHERE_SET, WITHOUT_EMPTY

if TYPE_CHECKING:
    from batchff.results import Result


def as_mapping(result: Result) -> dict[str, Any]:
    """Return a result's fields by name, and those of what it holds; times stay as they are."""
    return _mapping(result)


def _mapping(held: Any) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for field in fields(held):
        value = _plain(getattr(held, field.name))
        shown = field.metadata.get(SHOWN)
        if shown == INLINE[SHOWN]:
            mapping |= value
        elif shown == WITHOUT_EMPTY[SHOWN] and value is not None:
            mapping[field.name] = {key: inner for key, inner in value.items() if inner != ""}
        elif shown != WHERE_SET[SHOWN] or value is not None:
            mapping[field.name] = value
    return mapping


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _mapping(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
