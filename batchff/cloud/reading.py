"""Pieces of blobs, read into memory: for logs, which are small or looked at in part."""

from __future__ import annotations

from batchff.cloud.blob_requests import BlobRequests, NoSuchRangeError, Target
from batchff.errors import NotFoundError


def read_piece(target: Target, start: int, length: int, requests: BlobRequests) -> bytes | None:
    """Return at most so many bytes of a blob from one on, or None where it doesn't exist."""
    headers = {"Range": f"bytes={start}-{start + length - 1}"}
    try:
        return requests.send(target, "GET", headers=headers, bytes_done=lambda _: None)
    except NoSuchRangeError:
        return b""
    except NotFoundError:
        return None
