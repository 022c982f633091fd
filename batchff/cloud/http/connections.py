"""Connections to an endpoint and their answers: the interface that both ways to send have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

SECONDS_TO_CONNECT = 10.0
SECONDS_OF_SILENCE = 60.0


class Answer(Protocol):
    """An answer, whose body is still to be read; its connection serves others after that.

    The names of its headers are in lower case.
    """

    status: int
    reason: str
    headers: dict[str, str]

    def read(self) -> bytes:
        """Return the rest of the body; raise ConnectionFailed where it doesn't come whole."""

    def read_into(self, buffer: memoryview) -> int:
        """Read into a buffer until it's full or the body ends; return the count of bytes.

        Raises ConnectionFailed where the body doesn't come whole.
        """

    def close(self) -> None:
        """Give up what isn't read yet, and the connection with it."""


class Connections(Protocol):
    """Sends requests to an endpoint, from any number of threads."""

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
        *,
        seconds_to_connect: float = SECONDS_TO_CONNECT,
        seconds_of_silence: float = SECONDS_OF_SILENCE,
    ) -> Answer:
        """Send a request; return its answer. The headers say how long the body is.

        Raises ConnectionFailed where none comes.
        """
