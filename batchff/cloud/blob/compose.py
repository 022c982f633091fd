"""Put a blob together on the server: of bytes that are sent, and of ranges of another blob."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from batchff.cloud.blob.bandwidth import REQUEST, BytesDone, Traffic, in_order
from batchff.cloud.blob.requests import BlobRequests, CannotCopyError, Target
from batchff.cloud.blob.upload import MOST_BLOCKS, commit_blocks, name_block
from batchff.errors import TransferError
from batchff.model.byte_ranges import ByteRange, Part, size_of

_MIB = 1024 * 1024

COPIED = 64 * _MIB
"""How much the server copies at one request; more in the largest blobs."""
LARGEST_BLOCK = 4000 * _MIB
# The sound of a film is in thousands of small ranges: what takes time is to wait for the server.
_COPIES_AT_A_TIME = 16
_BLOCKS_AT_A_TIME = 4

# Literal bytes are few beside the files that are sent meanwhile, and tasks wait for them.
_RANK = -1


@dataclass(frozen=True, slots=True)
class Source:
    """The blob that ranges are of.

    `url` gives an address by which the server may read it, `requests` are those of its account.
    With an ETag, a source that has another one is refused: ServiceError.
    """

    target: Target
    url: Callable[[], str]
    requests: BlobRequests
    etag: str = ""


class Composer:
    """Puts blobs of one account together, from any number of threads."""

    def __init__(self, requests: BlobRequests, traffic: Traffic) -> None:
        self._requests = requests
        self._traffic = traffic
        self._not_copied_from: set[BlobRequests] = set()

    def compose(
        self,
        target: Target,
        source: Source,
        parts: Sequence[Part],
        headers: Mapping[str, str],
        bytes_done: BytesDone = lambda _: None,
    ) -> None:
        """Make a blob of these parts, in place of what's there.

        The server copies the ranges. Where it can't, they are read and sent. Raises ValueError for
        more parts than a blob can have.
        """
        if source.requests not in self._not_copied_from:
            copying = _Composing(self._requests, self._traffic, target, source, bytes_done)
            try:
                copying.make(blocks_of(parts, COPIED), headers)
            except CannotCopyError:
                self._not_copied_from.add(source.requests)
            else:
                return
        carrying = _Carrying(self._requests, self._traffic, target, source, bytes_done)
        carrying.make(blocks_of(parts, REQUEST), headers)


def blocks_of(parts: Iterable[Part], size: int) -> list[Part]:
    """Return the blocks of a blob of these parts: of about so many bytes, none of them empty.

    They are larger where there would be too many. Raises ValueError where there are still.
    """
    joined = list(_joined(parts))
    total = sum(map(size_of, joined))
    room = max(1, MOST_BLOCKS - len(joined))
    size = min(max(size, -(-total // room)), LARGEST_BLOCK)
    blocks = [
        _piece(part, start, min(start + size, size_of(part)))
        for part in joined
        for start in range(0, size_of(part), size)
    ]
    if len(blocks) > MOST_BLOCKS:
        raise ValueError(f"a blob of {len(blocks)} blocks: it can have {MOST_BLOCKS}")
    return blocks


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts of which no two are next to each other that could be one."""
    literals: list[bytes] = []
    span = ByteRange(0, 0)
    for part in parts:
        if not size_of(part):
            continue
        if isinstance(part, ByteRange):
            if literals:
                yield b"".join(literals)
                literals = []
            if span.size and span.end == part.start:
                span = ByteRange(span.start, part.end)
                continue
            if span.size:
                yield span
            span = part
        else:
            if span.size:
                yield span
                span = ByteRange(0, 0)
            literals.append(part)
    if literals:
        yield b"".join(literals)
    if span.size:
        yield span


def _piece(part: Part, start: int, end: int) -> Part:
    if isinstance(part, ByteRange):
        return ByteRange(part.start + start, part.start + end)
    return part[start:end]


@dataclass(frozen=True, slots=True)
class _Composing:
    """The making of one blob, whose ranges the server copies."""

    requests: BlobRequests
    traffic: Traffic
    target: Target
    source: Source
    bytes_done: BytesDone

    @property
    def at_a_time(self) -> int:
        """How many blocks are on their way at once."""
        return _COPIES_AT_A_TIME

    def make(self, blocks: Sequence[Part], headers: Mapping[str, str]) -> None:
        """Send the blocks, then make the blob of them."""
        # Another attempt at the same blob has the same ids: neither spoils the other one.
        state = self._state(blocks)
        ids = [name_block(state, index) for index in range(len(blocks))]
        jobs = (partial(self._stage, *block) for block in zip(ids, blocks, strict=True))
        for _ in in_order(jobs, self.at_a_time, self.bytes_done):
            pass
        commit_blocks(self.target, ids, headers, self.requests, self.bytes_done)

    def _state(self, blocks: Sequence[Part]) -> str:
        source = self.source
        digest = hashlib.sha256(f"{source.target.container}/{source.target.blob}".encode())
        digest.update(f"?{source.etag}".encode())
        for block in blocks:
            literal = b"" if isinstance(block, ByteRange) else hashlib.sha256(block).digest()
            digest.update(literal or repr(block).encode())
        return digest.hexdigest()

    def _stage(self, block_id: str, block: Part, bytes_done: BytesDone) -> None:
        if isinstance(block, ByteRange):
            self._stage_range(block_id, block, bytes_done)
            return
        with self.traffic.request(_RANK, len(block)):
            self._put(block_id, block, bytes_done)

    def _stage_range(self, block_id: str, block: ByteRange, bytes_done: BytesDone) -> None:
        headers = {
            "x-ms-copy-source": self.source.url(),
            "x-ms-source-range": f"bytes={block.start}-{block.end - 1}",
        }
        if self.source.etag:
            headers["x-ms-source-if-match"] = f'"{self.source.etag}"'
        self.requests.send(
            self.target,
            "PUT",
            f"comp=block&blockid={block_id}",
            headers=headers,
            bytes_done=bytes_done,
        )
        bytes_done(block.size)

    def _put(self, block_id: str, data: bytes, bytes_done: BytesDone) -> None:
        query = f"comp=block&blockid={block_id}"
        self.requests.send(self.target, "PUT", query, body=data, bytes_done=bytes_done)


class _Carrying(_Composing):
    """The making of one blob on a server that can't copy: ranges are read and sent."""

    @property
    def at_a_time(self) -> int:
        """Few, as each is in memory."""
        return _BLOCKS_AT_A_TIME

    def _stage_range(self, block_id: str, block: ByteRange, bytes_done: BytesDone) -> None:
        headers = {"Range": f"bytes={block.start}-{block.end - 1}"}
        if self.source.etag:
            headers["If-Match"] = f'"{self.source.etag}"'
        source = self.source.target
        with self.traffic.request(_RANK, block.size):
            data = self.source.requests.send(
                source, "GET", headers=headers, bytes_done=lambda _: bytes_done(0)
            )
            if len(data) != block.size:
                raise TransferError(f"{source.doing}: {len(data)} of {block.size} bytes came")
            self._put(block_id, data, bytes_done)
