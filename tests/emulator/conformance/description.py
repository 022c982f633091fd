"""The official REST description in one form, whichever file it was read from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "spec"
"""Beside the checkout. The tests that need it are skipped elsewhere."""

Kind = Literal[
    "string", "integer", "number", "boolean", "time", "duration", "enum", "list", "map", "model"
]


@dataclass(frozen=True, slots=True)
class Type:
    """What a value can be."""

    kind: Kind
    items: Type | None = None
    """A list's."""
    name: str = ""
    """A model's."""
    choices: tuple[str, ...] = ()
    """An enum's."""
    written: bool = False
    """A number in quotes: a 64-bit one doesn't survive in every language."""


@dataclass(frozen=True, slots=True)
class Field:
    type: Type
    required: bool
    read_only: bool = False


CONDITIONS = frozenset({"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"})

Model = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    name: str
    method: str
    path: str
    status: int
    """That of success."""
    headers: frozenset[str]
    """What a success carries, in lower case."""
    conditions: frozenset[str]
    """The headers that make it conditional."""
    query: frozenset[str]
    """The names that its query may have."""
    takes: frozenset[str]
    """The headers that a request may have, in lower case."""
    has_body: bool
    most: int | None = None
    """The largest page of a list."""
    request: str | None = None
    """The model of its body, where that is known."""
    response: Type | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """An api-version: its operations by method and path, and its models by name."""

    version: str
    operations: Mapping[tuple[str, str], Described]
    models: Mapping[str, Model]

    def operation(self, method: str, path: str) -> Described | None:
        """Find the operation that a request's method and path mean."""
        for operation in self.operations.values():
            if operation.method == method and _pattern(operation.path).fullmatch(path):
                return operation
        return None

    def writable(self, model: str) -> Model:
        """Give the fields of a model that a request may hold."""
        fields = self.models[model].items()
        return {name: field for name, field in fields if not field.read_only}


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """A file's path may have slashes, also as they stand."""
    pattern = re.sub(r"{\w+}", "[^/]+", path)
    if path.endswith("{filePath}"):
        pattern = pattern.removesuffix("[^/]+") + ".+"
    return re.compile(pattern)


def folder_or_skip() -> Path:
    """Give the description's folder; without one, skip the test, or fail where it must be."""
    if FOLDER.is_dir():
        return FOLDER
    reason = "the REST description isn't beside the project, in ../shared/spec"
    # GitHub's runners have nothing beside their checkout.
    if os.environ.get("CI") and not os.environ.get("GITHUB_ACTIONS"):
        pytest.fail(reason)
    pytest.skip(reason)
