from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from batchff.results import INLINE, WHERE_SET, WITHOUT_EMPTY, Result
from batchff.results.mapping import as_mapping

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plain(Result):
    command: ClassVar[str] = "plain"
    second: int
    first: datetime
    inner: Inner | None
    several: tuple[Inner, ...]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Shown(Result):
    command: ClassVar[str] = "shown"
    inner: Inner = field(metadata=INLINE)
    short: Inner | None = field(metadata=WITHOUT_EMPTY)
    seldom: tuple[str, ...] | None = field(default=None, metadata=WHERE_SET)


def test_keys_are_the_fields_in_their_order_at_every_depth() -> None:
    result = Plain(2, NOON, Inner("a"), (Inner("b", "c"),), {"x": 1})
    mapping = as_mapping(result)
    assert list(mapping) == ["second", "first", "inner", "several", "counts"]
    assert mapping == {
        "second": 2,
        "first": NOON,
        "inner": {"name": "a", "note": ""},
        "several": [{"name": "b", "note": "c"}],
        "counts": {"x": 1},
    }


def test_what_isnt_known_is_null() -> None:
    assert as_mapping(Plain(2, NOON, None, (), {}))["inner"] is None


def test_a_field_is_shown_as_its_metadata_says() -> None:
    assert as_mapping(Shown(Inner("a"), Inner("b"), ("c",))) == {
        "name": "a",
        "note": "",
        "short": {"name": "b"},
        "seldom": ["c"],
    }
    assert as_mapping(Shown(Inner("a"), None)) == {"name": "a", "note": "", "short": None}
