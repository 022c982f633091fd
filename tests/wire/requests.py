"""The requests that were written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A request as batchff sent it; its headers' names are in lower case."""

    service: Literal["batch", "blob"]
    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None = None

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)


@dataclass(slots=True)
class RequestLog:
    """The file that all processes of a test write to."""

    path: Path
    _read: int = 0

    def take(self) -> list[Request]:
        """Give the requests that came since the last time."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            lines = file.readlines()
            self._read = file.tell()
        return [Request(**json.loads(line)) for line in lines]
