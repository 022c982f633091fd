"""Read what a blob is, and pieces of it into memory: for logs, which are shown in part."""

from __future__ import annotations

from base64 import b64decode
from email.utils import parsedate_to_datetime

from batchff.cloud.blob.requests import (
    BlobRequests,
    NoSuchRangeError,
    Target,
    passing_failures,
)
from batchff.cloud.http.connections import Answer
from batchff.cloud.http.foreign_answers import unusable
from batchff.errors import NotFoundError
from batchff.model.blob_facts import read_blob_facts
from batchff.model.files import BlobInfo

_METADATA = "x-ms-meta-"


def read_info(target: Target, requests: BlobRequests) -> BlobInfo:
    """Return a blob as a listing would show it; raise NotFoundError where it doesn't exist."""

    def attempt() -> BlobInfo:
        answer = requests.open(target, "HEAD", headers={})
        with passing_failures(target.doing):
            answer.read()
        return answered_info(target, answer)

    return requests.persistently(attempt)


def read_piece(target: Target, start: int, length: int, requests: BlobRequests) -> bytes | None:
    """Return at most so many bytes of a blob from one on, or None where it doesn't exist."""
    headers = {"Range": f"bytes={start}-{start + length - 1}"}
    try:
        return requests.send(target, "GET", headers=headers)
    except NoSuchRangeError:
        return b""
    except NotFoundError:
        return None


def read_end(target: Target, length: int, requests: BlobRequests) -> bytes | None:
    """Return at most the last `length` bytes of a blob, or None where it doesn't exist."""
    try:
        size = read_info(target, requests).size
    except NotFoundError:
        return None
    return read_piece(target, max(0, size - length), length, requests)


def answered_info(target: Target, answer: Answer) -> BlobInfo:
    """Return what the answer to a GET of a blob, or of a range of it, or to a HEAD says of it."""
    try:
        return _info(target.blob, answer)
    except (KeyError, ValueError) as error:
        answer.close()
        raise unusable(f"the answer can't be read ({error})", target.doing) from error


def _info(blob: str, answer: Answer) -> BlobInfo:
    headers = answer.headers
    whole_size = headers.get("content-range", "").rpartition("/")[2] or headers["content-length"]
    # Content-MD5 of a part is the part's.
    whole_md5 = headers.get("x-ms-blob-content-md5") or (
        headers.get("content-md5") if answer.status == 200 else None
    )
    metadata = {
        name[len(_METADATA) :]: value
        for name, value in headers.items()
        if name.startswith(_METADATA)
    }
    return BlobInfo(
        blob,
        int(whole_size),
        parsedate_to_datetime(headers["last-modified"]),
        b64decode(whole_md5) if whole_md5 else None,
        metadata,
        headers["etag"].strip('"'),
        read_blob_facts(metadata),
        headers.get("x-ms-access-tier", "").lower(),
        headers.get("x-ms-resource-type") == "directory" or blob.endswith("/"),
    )
