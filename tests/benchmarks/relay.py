"""A slow line in front of a server: so many bytes a second in each direction, for all together.

Connections of the emulator's nodes pass at full speed: in the cloud they have a line of their own.
"""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PIECE = 64 * 1024
_NODES_USER_AGENT = b"user-agent: python-urllib3"


class _Line:
    """One direction of the line."""

    def __init__(self, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._free_at = 0.0

    async def carry(self, count: int) -> None:
        self._free_at = max(self._free_at, time.monotonic()) + count / self._rate
        await asyncio.sleep(self._free_at - time.monotonic())


class _Throttle:
    def __init__(self, port: int, bytes_per_second: float) -> None:
        self._port = port
        self._up = _Line(bytes_per_second)
        self._down = _Line(bytes_per_second)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        slow = _NODES_USER_AGENT not in head.lower()
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        to_server.write(head)
        await asyncio.gather(
            self._pump(reader, to_server, self._up if slow else None),
            self._pump(from_server, writer, self._down if slow else None),
        )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line | None
    ) -> None:
        try:
            while piece := await reader.read(_PIECE):
                if line is not None:
                    await line.carry(len(piece))
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass  # either side may hang up whenever it likes
        finally:
            writer.close()


@contextmanager
def throttled(port: int, bytes_per_second: float) -> Iterator[int]:
    """Give a port that leads to another one on this machine, slowly."""
    listener = socket.create_server(("127.0.0.1", 0))
    started: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    async def serve() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        started.put(lambda: loop.call_soon_threadsafe(ended.set))
        throttle = _Throttle(port, bytes_per_second)
        async with await asyncio.start_server(throttle.serve, sock=listener):
            await ended.wait()

    # Its end cancels what is still carried.
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        started.get()()
        thread.join()
