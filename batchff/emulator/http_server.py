"""HTTP and HTTPS on loopback: the ports, and servers that stop without waiting for clients."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from batchff.emulator.errors import EmulatorError
from batchff.emulator.hosts import ADDRESS
from batchff.emulator.options import TlsFiles

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOG = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 5
_FAREWELL_SECONDS = 0.3
_HEADER_SECONDS = 30.0


class HttpServer(uvicorn.Server):
    """Serves one application, over HTTPS with files for it; it leaves signals to others.

    A client has so many seconds for the headers of a request, from its connection or their first
    byte on.
    """

    def __init__(
        self, app: ASGIApp, tls: TlsFiles | None, header_seconds: float = _HEADER_SECONDS
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # Whatever else is installed: httptools takes a sixth less time, and headers without
                # a limit.
                http=_protocol(header_seconds),
                ws="none",
                proxy_headers=False,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="auto",
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the service handles them."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the server and its connections, without waiting for idle clients."""
        # Those that were idle for too long: once closed again, they couldn't be aborted.
        self._leave_without_farewell()
        ending = asyncio.ensure_future(super().shutdown(sockets))
        while not ending.done():
            await asyncio.wait({ending}, timeout=_FAREWELL_SECONDS)
            self._leave_without_farewell()
        await ending
        # One that came while the others were ended: its client would wait for ever.
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def _leave_without_farewell(self) -> None:
        """Abort closed connections that, over TLS, wait for the client's closing message.

        A client that keeps its connection for later doesn't send one.
        """
        for connection in list(self.server_state.connections):
            if connection.transport.is_closing():
                connection.transport.abort()


def _protocol(header_seconds: float) -> type[H11Protocol]:
    """Give uvicorn's protocol, which would wait for the rest of a request's headers for ever."""

    class Protocol(H11Protocol):
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._await_headers()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
                self._await_headers()
            else:
                self._stop_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def _await_headers(self) -> None:
            if self._timer is None:
                self._timer = self.loop.call_later(header_seconds, self.transport.abort)

        def _stop_timer(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Protocol


def listen(wanted: int | None, remembered: int, name: str) -> socket.socket:
    """Open a port on loopback: the one asked for, or else the last one, or else a free one.

    Raises EmulatorError where the one asked for can't be used.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = remembered if wanted is None else wanted
    try:
        listener.bind((ADDRESS, port))
    except OSError as error:
        if wanted is not None:
            listener.close()
            raise EmulatorError(
                f"Port {wanted} for {name} can't be used: {error.strerror}",
                "Choose another, or 0 for a free one.",
            ) from None
        _LOG.warning("port %d of the last time is taken; %s gets another", port, name)
        listener.bind((ADDRESS, 0))
    listener.listen()
    return listener
