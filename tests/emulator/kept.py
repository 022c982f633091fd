"""Connections that stay open between the requests of a test, as those of programs do."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

_IDLE_SECONDS = 2.0
"""A server closes an idle connection after five, at times while a request is on its way."""


class KeptConnections:
    """The connections to a server; any number of threads may use them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: deque[tuple[float, HTTPConnection]] = deque()

    @contextmanager
    def one(self) -> Iterator[HTTPConnection]:
        """Give a connection to one user at a time; it is closed where the block fails."""
        connection = self._waiting() or HTTPConnection(self._address)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self._idle.pop()[1].close()

    def _waiting(self) -> HTTPConnection | None:
        try:
            since, connection = self._idle.pop()
        except IndexError:
            return None
        if time.monotonic() - since >= _IDLE_SECONDS:
            connection.close()  # it opens anew by itself
        return connection
