"""An operation of the Blob service, and the request that it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from batchff.emulator.blob.protocol.errors import (
    BLOB_ARCHIVED,
    BLOB_NOT_FOUND,
    CONTAINER_NOT_FOUND,
    StorageError,
)
from batchff.emulator.blob.protocol.headers import ARCHIVE
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.protocol.response import Response
from batchff.emulator.blob.signing.authentication import Authorization, Grant
from batchff.emulator.blob.store import Store
from batchff.emulator.blob.store.records import Blob, Container
from batchff.emulator.root import Account


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed authentication, and what it works on."""

    request: Request
    authorization: Authorization
    account: Account
    store: Store
    clock: Callable[[], datetime]
    answer: Callable[[Request], Awaitable[Response]]
    """Answers another request, errors too: one that this one has in its body."""

    @property
    def now(self) -> int:
        """Seconds since 1970, the resolution of all times that the service tells."""
        return int(self.clock().timestamp())

    def container(self) -> Container:
        """The container that the URL names, or 404."""
        container = self.store.containers.get(self.request.container)
        if container is None:
            raise StorageError(CONTAINER_NOT_FOUND)
        return container

    def find_blob(self) -> Blob | None:
        """The committed blob that the URL names, if there is one; 404 without its container."""
        blob = self.store.blobs.get(self.container(), self.request.blob)
        return blob if blob and blob.committed else None

    def blob(self) -> Blob:
        """The committed blob that the URL names, or 404."""
        blob = self.find_blob()
        if blob is None:
            raise StorageError(BLOB_NOT_FOUND)
        return blob

    def readable_blob(self) -> Blob:
        """The same, or 409 where it's archived."""
        blob = self.blob()
        if blob.tier == ARCHIVE:
            raise StorageError(BLOB_ARCHIVED)
        return blob


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the REST interface, under Microsoft's name.

    Without `run` it is one that the emulator knows but refuses. `parameters` and `headers` are
    those it understands, beside the ones that all do: with any other it is refused, as ignoring
    one could do something else than the client meant. `conditions` are the conditional headers.
    """

    name: str
    run: Handler | None = None
    grant: Grant = Grant("", "")
    parameters: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    metadata: bool = False
