"""Upload one file: it's read once, hashed as it's sent, and continued where it was cut off."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from batchff.cloud.blob.bandwidth import LARGE_FILE, REQUEST, BytesDone, Traffic, in_order
from batchff.cloud.blob.requests import BlobRequests, Target
from batchff.cloud.http.foreign_answers import unusable
from batchff.errors import NotFoundError

_MIB = 1024 * 1024

# Up to this size a file is one request; above it, blocks of this size, or more in the largest.
BLOCK = REQUEST
_BLOCKS_AT_A_TIME = 4
_BYTES_AT_A_TIME = 32 * _MIB

OCTETS = "application/octet-stream"
"""The type of blobs whose type nobody knows."""

MOST_BLOCKS = 50_000
"""The limit of Put Block List."""


def send_file(
    target: Target,
    path: Path,
    metadata: Mapping[str, str],
    requests: BlobRequests,
    traffic: Traffic,
    bytes_done: BytesDone,
) -> bytes:
    """Send a file in place of what the blob was; return its MD5, which is stored with it.

    A file of more than one request takes the blocks that an earlier attempt left, if it has the
    size and the modification time that it had then.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        with traffic.file(status.st_size if status.st_size <= BLOCK else LARGE_FILE) as rank:
            bytes_done(0)
            if status.st_size > BLOCK:
                sending = _InBlocks(target, requests, traffic, rank, bytes_done)
                return sending.send(file, status, metadata)
            data = file.read(BLOCK)
            with traffic.request(rank, len(data)):
                return send_bytes(target, data, metadata, requests, bytes_done)


def send_bytes(
    target: Target,
    data: bytes,
    metadata: Mapping[str, str],
    requests: BlobRequests,
    bytes_done: BytesDone = lambda _: None,
) -> bytes:
    """Send bytes in place of what the blob was; return their MD5, which is stored with it."""
    md5 = _md5(data).digest()
    headers = {
        "x-ms-blob-type": "BlockBlob",
        "Content-Type": OCTETS,
        # Put Blob compares it with what arrives, and stores it.
        "Content-MD5": _base64(md5),
        **metadata_headers(metadata),
    }
    requests.send(target, "PUT", headers=headers, body=data, bytes_done=bytes_done)
    return md5


def block_size(size: int) -> int:
    """Return the size of the blocks of a file, which may have 50,000 of them."""
    least = -(-size // MOST_BLOCKS)
    return max(BLOCK, -(-least // _MIB) * _MIB)


@dataclass(frozen=True, slots=True)
class _InBlocks:
    """The upload of a file of more than one request."""

    target: Target
    requests: BlobRequests
    traffic: Traffic
    rank: int
    bytes_done: BytesDone

    def send(self, file: BinaryIO, status: os.stat_result, metadata: Mapping[str, str]) -> bytes:
        size = block_size(status.st_size)
        state = f"{status.st_size} {status.st_mtime_ns} {size}"
        uncommitted = self._uncommitted(id_length=len(name_block(state, 0)))
        md5 = _md5()
        ids: list[str] = []

        def missing() -> Iterator[Callable[[BytesDone], None]]:
            while data := file.read(size):
                md5.update(data)
                block_id = name_block(state, len(ids))
                ids.append(block_id)
                if uncommitted.get(block_id) == len(data):
                    self.bytes_done(len(data))
                else:
                    yield partial(self._put_block, block_id, data)

        for _ in in_order(
            missing(), max(1, min(_BLOCKS_AT_A_TIME, _BYTES_AT_A_TIME // size)), self.bytes_done
        ):
            pass
        headers = {
            "x-ms-blob-content-type": OCTETS,
            "x-ms-blob-content-md5": _base64(md5.digest()),
            **metadata_headers(metadata),
        }
        commit_blocks(self.target, ids, headers, self.requests, self.bytes_done)
        return md5.digest()

    def _uncommitted(self, id_length: int) -> Mapping[str, int]:
        """Return the ids and sizes of the blob's uncommitted blocks."""
        query = "comp=blocklist&blocklisttype=uncommitted"
        try:
            answer = self.requests.send(self.target, "GET", query, bytes_done=self.bytes_done)
        except NotFoundError:
            return {}
        try:
            blocks = {
                block.findtext("Name", ""): int(block.findtext("Size", "0"))
                for block in ElementTree.fromstring(answer).iter("Block")
            }
        except (ElementTree.ParseError, ValueError) as error:
            raise unusable(f"the answer can't be read ({error})", self.target.doing) from error
        if any(len(block_id) != id_length for block_id in blocks):
            # All ids of a blob have one length: another program's blocks would keep ours out.
            commit_blocks(self.target, [], {}, self.requests, self.bytes_done)
            return {}
        return blocks

    def _put_block(self, block_id: str, data: bytes, bytes_done: BytesDone) -> None:
        with self.traffic.request(self.rank, len(data)):
            query = f"comp=block&blockid={block_id}"
            self.requests.send(self.target, "PUT", query, body=data, bytes_done=bytes_done)


def commit_blocks(
    target: Target,
    ids: Sequence[str],
    headers: Mapping[str, str],
    requests: BlobRequests,
    bytes_done: BytesDone,
) -> None:
    """Make a blob of the blocks with these ids, in place of what it was."""
    bytes_done(0)
    latest = "".join(f"<Latest>{block_id}</Latest>" for block_id in ids)
    requests.send(
        target,
        "PUT",
        "comp=blocklist",
        headers=headers,
        body=f'<?xml version="1.0" encoding="utf-8"?><BlockList>{latest}</BlockList>'.encode(),
        bytes_done=lambda _: bytes_done(0),
    )


def name_block(state: str, index: int) -> str:
    """Name a block of a file in this state; base64 of hexadecimal digits needs no quoting."""
    digest = hashlib.sha256(state.encode()).hexdigest()[:18]
    return _base64(f"{digest}{index:06d}".encode())


def metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request that gives a blob these metadata."""
    return {f"x-ms-meta-{name}": value for name, value in metadata.items()}


def _md5(data: bytes = b"") -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
