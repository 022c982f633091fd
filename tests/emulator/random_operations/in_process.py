"""The Batch service in this thread: no sockets, and nothing happens but while it is asked to work.

Requests sent together are answered with nothing in between, so that they make one snapshot.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from batchff.emulator.batch.app import create_batch_app
from batchff.emulator.root import Account, open_root, read_identity
from tests.emulator.running import DEADLINE_SECONDS, signature
from tests.emulator.scheduling.scene import ManualClock, Scene, close_scene, open_scene


@dataclass(frozen=True)
class Answer:
    """What a request brought; `document` is None where the body is empty."""

    status: int
    document: Any


Ask = Callable[[str], Awaitable[Answer]]
"""Sends a GET request."""
Seen = TypeVar("Seen")


class InProcess:
    """One emulator's folder, and the life that it has now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.sent: list[str] = []
        """The requests of its lives: as processes run as they like, no other run repeats this."""
        self._runner = asyncio.Runner()
        root = open_root(folder)
        self._account: Account = read_identity(root).batch
        self._scene: Scene
        self._app: ASGIApp
        self._runner.run(self._begin())

    def restart(self) -> None:
        self._runner.run(close_scene(self._scene))
        self._runner.run(self._begin())

    def close(self) -> None:
        self._runner.run(close_scene(self._scene))
        self._runner.close()

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """Send one request, as a client of the newest version does."""
        answer = self._runner.run(self._ask(method, path, body))
        self.sent.append(f"{self.clock.now()} {method} {path} {json.dumps(body)} {answer.status}")
        return answer

    def read(self, look: Callable[[Ask], Coroutine[Any, Any, Seen]]) -> Seen:
        """Send GET requests as they come, all at one moment of the service's life."""

        async def ask(path: str) -> Answer:
            return await self._ask("GET", path, None)

        return self._runner.run(look(ask))

    def work(self, seconds: float) -> None:
        """Let it work for so long on the machine's clock; its own stands still."""
        self._runner.run(asyncio.sleep(seconds))

    def work_while(self, hindrances: Callable[[], Any], step: float = 1) -> None:
        """Let it work until nothing is in the way any more, for at most a month of its clock.

        That moves on by so many seconds at each look.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        begun = self.clock.now()
        while found := hindrances():
            assert time.monotonic() < deadline, f"it didn't happen in time: {found}"
            assert self.clock.now() - begun < timedelta(days=30), f"not in a month: {found}"
            self.clock.advance(seconds=step)
            self.work(0.01)

    async def _begin(self) -> None:
        self._scene = open_scene(self.folder, self.clock)
        self._app = create_batch_app(
            open_root(self.folder),
            self._account,
            store=self._scene.store,
            scheduler=self._scene.scheduler,
            clock=self.clock,
        )

    async def _ask(self, method: str, path: str, body: object) -> Answer:
        path += f"{'&' if '?' in path else '?'}api-version=2025-06-01"
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "host": "127.0.0.1",
            "ocp-date": format_datetime(self.clock.now(), usegmt=True),
            "content-length": str(len(content)),
        }
        if content:
            headers["content-type"] = "application/json; odata=minimalmetadata"
        signed = {**headers, "content-length": headers["content-length"] if content else ""}
        headers["authorization"] = signature(method, path, signed, self._account)
        address = urlsplit(path)
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": address.path,
            "raw_path": address.path.encode(),
            "query_string": address.query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        data = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], json.loads(data) if data else None)
