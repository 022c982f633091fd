"""The running emulator: both services on loopback, the scheduler, one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from batchff.emulator.clock import Clock
from batchff.emulator.entra_tokens import read_tokens
from batchff.emulator.errors import EmulatorError
from batchff.emulator.hosts import ADDRESS
from batchff.emulator.options import ServiceOptions, options_told
from batchff.emulator.root import Identity, Root, read_identity, write_identity
from batchff.emulator.schema_version import readable
from batchff.emulator.tls import check_tls, node_trust

if TYPE_CHECKING:
    import socket
    import ssl

    from starlette.types import ASGIApp, Receive, Scope, Send

    from batchff.emulator.entra_tokens import Tokens
    from batchff.emulator.scheduling.pools.allocation import AccountAddress
    from batchff.emulator.scheduling.scheduler import Scheduler

_LOG = logging.getLogger(__name__)

_LONGEST_LOOK = 5.0


def serve(root: Root, options: ServiceOptions) -> None:
    """Run the emulator until a signal stops it or it has been idle long enough.

    Raises EmulatorError where another one runs on the same root, or a port is taken.
    """
    asyncio.run(Service(root, options).run())


class Service:
    """One run of the emulator."""

    def __init__(self, root: Root, options: ServiceOptions, clock: Clock | None = None) -> None:
        self._root = Root(root.path.absolute())
        self._options = options
        self._clock = clock or Clock()
        self._stop = asyncio.Event()
        self._last_activity: datetime = self._clock.now()
        self._requests = 0
        self._running: dict[str, object] = {}

    def stop(self) -> None:
        """Ask it to end; from its own event loop."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until `stop` is called; when it returns, nothing of it runs any more."""
        from batchff.emulator.http_server import listen
        from batchff.emulator.nodes.node import ensure_ffmpeg
        from batchff.emulator.scheduling.pools.allocation import AccountAddress

        options = self._options
        if options.tls is not None:
            check_tls(options.tls, ADDRESS, self._clock.now())
        trust = node_trust(options.tls.certificate if options.tls else None)
        tokens = read_tokens(options.token_key) if options.token_key else None
        with _locked(self._root), contextlib.ExitStack() as resources:
            identity = read_identity(self._root)
            batch_socket = resources.enter_context(
                listen(options.batch_port, identity.batch_port, "Batch")
            )
            blob_socket = resources.enter_context(
                listen(options.blob_port, identity.blob_port, "Blob")
            )
            identity = self._remember(identity, batch_socket, blob_socket)
            if options.simulation is None:
                ensure_ffmpeg(self._root)
            address = AccountAddress(identity.batch.name, self._url(batch_socket))
            scheduler, batch, blob = self._assemble(
                identity, address, self._url(blob_socket), trust, tokens, resources
            )
            with readable(self._root.batch_db):
                scheduler.start()
            try:
                await self._serve(scheduler, {batch_socket: batch, blob_socket: blob})
            finally:
                await scheduler.stop()

    def _assemble(
        self,
        identity: Identity,
        address: AccountAddress,
        blob_url: str,
        trust: ssl.SSLContext | None,
        tokens: Tokens | None,
        resources: contextlib.ExitStack,
    ) -> tuple[Scheduler, ASGIApp, ASGIApp]:
        """Make the scheduler and the two services' applications; nothing runs yet."""
        from batchff.emulator.batch.app import create_batch_app
        from batchff.emulator.batch.protocol.without_effect import Notices
        from batchff.emulator.blob.app import create_blob_app
        from batchff.emulator.identities import PoolIdentities
        from batchff.emulator.scheduling.scheduler import Scheduler, SchedulerOptions
        from batchff.emulator.simulation.clock import FastClock
        from batchff.emulator.state.store import open_store
        from batchff.emulator.state.times import to_datetime

        root, options, simulation = self._root, self._options, self._options.simulation
        # The Batch service's clock, by which tasks are timed. Signatures, and what the Blob
        # service stamps, are of the clients' time.
        clock = self._clock
        if simulation is not None:
            clock = FastClock(simulation.clock_speed, clock.now())
        identities = PoolIdentities(
            options.pool_identities,
            identity.storage,
            f"{blob_url}/{identity.storage.name}",
            self._clock.now,
        )
        with readable(root.batch_db):
            store = open_store(root.batch_db, clock)
        resources.callback(store.close)
        scheduler = Scheduler(
            root,
            store,
            address,
            clock,
            SchedulerOptions(
                run_admin_tasks=options.run_admin_tasks,
                allocation_seconds=options.allocation_seconds,
                transfer_patience=options.transfer_patience,
                core_quota=options.core_quota,
                simulation=simulation,
                trust=trust,
                identities=identities,
            ),
        )
        if isinstance(clock, FastClock):
            clock.put_forward(to_datetime(store.latest()))
            clock.stand_while(lambda: scheduler.is_behind)
        batch = create_batch_app(
            root,
            identity.batch,
            store=store,
            scheduler=scheduler,
            clock=self._clock,
            tokens=tokens,
            identities=identities,
            strict=options.strict,
            notices=Notices(self._tell),
        )
        with readable(root.blob_db):
            blob = create_blob_app(root, identity.storage, clock=self._clock.now, tokens=tokens)
        return scheduler, batch, blob

    def _remember(self, identity: Identity, batch: socket.socket, blob: socket.socket) -> Identity:
        """Keep the ports for the next time, so that URLs that were stored stay valid."""
        ports = batch.getsockname()[1], blob.getsockname()[1]
        if ports != (identity.batch_port, identity.blob_port):
            identity = replace(identity, batch_port=ports[0], blob_port=ports[1])
            write_identity(self._root, identity)
        return identity

    async def _serve(self, scheduler: Scheduler, apps: dict[socket.socket, ASGIApp]) -> None:
        from batchff.emulator.http_server import HttpServer

        servers = [HttpServer(_Watched(app, self), self._options.tls) for app in apps.values()]
        serving = [
            asyncio.ensure_future(server.serve(sockets=[listener]))
            for server, listener in zip(servers, apps, strict=True)
        ]
        with _signals(self._stop), self._announced(*map(self._url, apps)):
            ends = [
                asyncio.ensure_future(self._stop.wait()),
                asyncio.ensure_future(self._idle(scheduler)),
            ]
            await asyncio.wait([*ends, *serving], return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)

    def _url(self, listener: socket.socket) -> str:
        host, port = listener.getsockname()
        return f"{'https' if self._options.tls else 'http'}://{host}:{port}"

    @contextlib.contextmanager
    def _announced(self, batch_endpoint: str, blob_endpoint: str) -> Iterator[None]:
        """Let others find the service, for as long as it answers."""
        simulation, tls = self._options.simulation, self._options.tls
        self._running = {
            "pid": os.getpid(),
            "batch_endpoint": batch_endpoint,
            "blob_endpoint": blob_endpoint,
            "certificate": str(tls.certificate) if tls else None,
            "started": self._clock.now().isoformat(),
            "simulation": simulation.document() if simulation else None,
            "options": options_told(
                replace(
                    self._options,
                    batch_port=urlsplit(batch_endpoint).port,
                    blob_port=urlsplit(blob_endpoint).port,
                )
            ),
        }
        self._write_running()
        _LOG.info("Batch at %s, Blob at %s", batch_endpoint, blob_endpoint)
        try:
            yield
        finally:
            self._root.running_file.unlink(missing_ok=True)

    def _tell(self, without_effect: list[str]) -> None:
        """Let others see what was accepted without effect."""
        self._running["without_effect"] = without_effect
        try:
            self._write_running()
        except OSError as error:  # the disk may be full; the log has it all the same
            _LOG.warning("%s could not be written: %s", self._root.running_file, error.strerror)

    def _write_running(self) -> None:
        partial = self._root.running_file.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._running, file)
        partial.replace(self._root.running_file)

    async def _idle(self, scheduler: Scheduler) -> None:
        """Return when nobody has asked for anything, and nothing has run, for long enough."""
        limit = self._options.idle_seconds
        if limit is None:
            await asyncio.Event().wait()
            return
        self._last_activity = self._clock.now()  # starting took its time too
        while True:
            if self._requests or scheduler.is_busy:
                self._last_activity = self._clock.now()
            left = limit - (self._clock.now() - self._last_activity).total_seconds()
            if left <= 0:
                _LOG.info("idle for %g seconds; stopping", limit)
                return
            await self._clock.sleep(min(left, _LONGEST_LOOK))

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Count what happens inside as activity."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self._last_activity = self._clock.now()


class _Watched:
    """An application whose requests count as the service's activity."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._service.active():
            await self._app(scope, receive, send)


@contextlib.contextmanager
def _locked(root: Root) -> Iterator[IO[str]]:
    """Hold the root's lock. Raises EmulatorError where another service holds it."""
    with root.lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmulatorError(
                f"An emulator already runs on {root.path}",
                "Stop it first, or give this one a folder of its own.",
            ) from None
        yield lock


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT stop the service, where they can be listened to."""
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
