"""What stands between a client and a server to slow down, or to count, what passes."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

_PIECE = 64 * 1024
_NODES_USER_AGENT = b"user-agent: python-urllib3"


class Line(Protocol):
    """One direction of all connections together."""

    async def carry(self, piece: bytes) -> None:
        """Take what passes."""


class SlowLine:
    """A line that carries so many bytes a second."""

    def __init__(self, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._free_at = 0.0

    async def carry(self, piece: bytes) -> None:
        self._free_at = max(self._free_at, time.monotonic()) + len(piece) / self._rate
        await asyncio.sleep(self._free_at - time.monotonic())


class Meter:
    """A line that counts bytes, and the heads of requests."""

    def __init__(self) -> None:
        self.bytes = 0
        self.requests = 0

    async def carry(self, piece: bytes) -> None:
        self.bytes += len(piece)
        self.requests += piece.count(b" HTTP/1.1\r\n")


class _Relay:
    def __init__(self, port: int, up: Line, down: Line) -> None:
        self._port = port
        self._up = up
        self._down = down

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        # The emulator's nodes have a line of their own, as in the cloud.
        is_client = _NODES_USER_AGENT not in head.lower()
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        if is_client:
            await self._up.carry(head)
        to_server.write(head)
        await asyncio.gather(
            _pump(reader, to_server, self._up if is_client else None),
            _pump(from_server, writer, self._down if is_client else None),
        )


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line | None
) -> None:
    try:
        while piece := await reader.read(_PIECE):
            if line is not None:
                await line.carry(piece)
            writer.write(piece)
            await writer.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass  # either side may hang up whenever it likes, and the relay may end
    finally:
        writer.close()


@contextmanager
def relayed(port: int, up: Line, down: Line) -> Iterator[int]:
    """Give a port that leads to another one on this machine, over these lines."""
    listener = socket.create_server(("127.0.0.1", 0))
    started: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    async def serve() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        started.put(lambda: loop.call_soon_threadsafe(ended.set))
        relay = _Relay(port, up, down)
        async with await asyncio.start_server(relay.serve, sock=listener):
            await ended.wait()

    # Its end cancels what is still carried.
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        started.get()()
        thread.join()
