"""Answers whose headers came whole: the standard library believes those that were cut off."""

from __future__ import annotations

import socket
from http.client import HTTPException, HTTPResponse
from io import BufferedReader
from typing import Any


class CutOff(HTTPException):
    """The connection ended inside a line of an answer's own, not of its body."""


class _WholeLines:
    """Reads as the stream that it wraps, but raises CutOff for a line without a line break.

    The standard library takes such a line for a whole one. So it believes an answer that was cut
    off in its headers or in the size of a chunk.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._begun = False
        self.read, self.readinto = file.read, file.readinto
        self.close, self.flush = file.close, file.flush

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(limit)
        if not line.endswith(b"\n") and len(line) != limit and (line or self._begun):
            raise CutOff("it ended in the middle of the answer")
        self._begun = True
        return line


class WholeResponse(HTTPResponse):
    """An answer whose headers, and the chunks of whose body, have to come whole."""

    fp: BufferedReader | _WholeLines | None  # type: ignore[assignment]

    def __init__(self, sock: socket.socket, *options: Any, **named: Any) -> None:
        super().__init__(sock, *options, **named)
        assert isinstance(self.fp, BufferedReader)
        self._bytes = self.fp
        self.fp = _WholeLines(self.fp)

    def begin(self) -> None:
        """Read the status and the headers."""
        super().begin()
        if not self.chunked and self.fp is not None:
            self.fp = self._bytes  # what is left has no lines
