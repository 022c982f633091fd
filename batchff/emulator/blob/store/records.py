"""The rows of the store. Times are seconds since 1970; ETags have no quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchff.emulator.blob.store.leases import Lease


@dataclass(frozen=True, slots=True)
class Container:
    """A container."""

    id: int
    name: str
    etag: str
    modified: int
    metadata: Mapping[str, str]
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Properties:
    """The system properties that a client chooses; a missing one isn't sent back."""

    content_type: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_md5: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """How a blob came to be by Copy Blob."""

    id: str
    source: str
    completed: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a write gives a blob beside its bytes."""

    properties: Properties
    metadata: Mapping[str, str]
    copy: Copy | None = None
    tier: str | None = None
    is_appended: bool = False
    """Whether it's an append blob."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob; one that isn't committed has only blocks so far, and no client can read it."""

    id: int
    name: str
    committed: bool
    etag: str
    created: int
    modified: int
    size: int
    properties: Properties
    metadata: Mapping[str, str]
    copy: Copy | None
    tier: str | None = None
    """The tier that a client chose; None where none did."""
    tier_changed: int | None = None
    lease: Lease | None = None
    appended: int | None = None
    """How many blocks were appended; None where it's a block blob."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes in a file of the store: a whole Put Blob, or a block."""

    file: str
    length: int
    block_id: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a file from `start` up to but without `end`."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a blob, from `start` up to but without `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start
