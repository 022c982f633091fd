"""HTTP and HTTPS on loopback: the ports, and servers that stop without waiting for clients."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from batchff.emulator.errors import EmulatorError
from batchff.emulator.options import TlsFiles

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOG = logging.getLogger(__name__)

HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 5
_FAREWELL_SECONDS = 0.3


class HttpServer(uvicorn.Server):
    """Serves one application, over HTTPS with files for it; it leaves signals to others."""

    def __init__(self, app: ASGIApp, tls: TlsFiles | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # Whatever else is installed: httptools takes a sixth less time, and headers without
                # a limit.
                http="h11",
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


def listen(wanted: int | None, remembered: int, name: str) -> socket.socket:
    """Open a port on loopback: the one asked for, or else the last one, or else a free one.

    Raises EmulatorError where the one asked for can't be used.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = remembered if wanted is None else wanted
    try:
        listener.bind((HOST, port))
    except OSError as error:
        if wanted is not None:
            listener.close()
            raise EmulatorError(
                f"Port {wanted} for {name} can't be used: {error.strerror}",
                "Choose another, or 0 for a free one.",
            ) from None
        _LOG.warning("port %d of the last time is taken; %s gets another", port, name)
        listener.bind((HOST, 0))
    listener.listen()
    return listener
