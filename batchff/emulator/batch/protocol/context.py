"""The context of a request: its id, query, version and time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from batchff.emulator.batch.protocol.errors import BatchError, bad_parameter

_PARAMETERS = frozenset(
    {
        *("api-version", "timeout", "maxresults", "recursive", "force", "starttime", "endtime"),
        *("$filter", "$select", "$expand", "$skiptoken"),
    }
)
"""What any operation has in its query."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request, as far as its first line and headers tell."""

    method: str
    path: str
    """As it was sent, percent-encoded."""
    headers: Headers = field(repr=False)
    query: tuple[tuple[str, str], ...]
    """Names as they were sent, in their order, empty values left out."""
    now: int
    """When the request came, in ticks."""
    scheme: str = "http"
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def endpoint(self) -> str:
        """The account's URL as the client knows it, without a slash at its end."""
        return f"{self.scheme}://{self.headers['host']}"

    def parameter(self, name: str) -> str | None:
        """Give a query parameter; names are compared without case."""
        wanted = name.lower()
        return next((value for key, value in self.query if key.lower() == wanted), None)

    @property
    def version(self) -> str:
        """The api-version; it was checked before any operation saw the request."""
        return self.parameter("api-version") or ""

    def check_parameters(self) -> None:
        """Refuse a query parameter that no operation has: it would be passed over in silence."""
        for name, _ in self.query:
            if name.lower() not in _PARAMETERS:
                raise BatchError("UnsupportedQueryParameter", {"QueryParameterName": name[:100]})

    def number(self, name: str) -> int | None:
        """Give a query parameter that is a whole number."""
        text = self.parameter(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_parameter(name, text, "It must be a whole number") from None

    def flag(self, name: str) -> bool:
        """Give a query parameter that is true or false; false where it's left out."""
        text = (self.parameter(name) or "false").lower()
        if text not in ("true", "false"):
            raise bad_parameter(name, text, "It must be true or false")
        return text == "true"

    def check_force(self) -> None:
        """Check `force`, which changes nothing: no node here is out of reach, to be waited for."""
        self.flag("force")


def read_query(query_string: bytes) -> tuple[tuple[str, str], ...]:
    """Split and decode a query string."""
    return tuple(parse_qsl(query_string.decode("latin-1"), keep_blank_values=False))
