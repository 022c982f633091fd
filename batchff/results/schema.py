"""The result of `batchff schema`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class SchemaShow(Result):
    """A JSON Schema of what `--json` prints, and the version of the contract."""

    command: ClassVar[str] = "schema"
    version: str
    schema: Mapping[str, object]
