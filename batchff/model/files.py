"""Media, on this machine and in storage, and blobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from batchff.model.blob_facts import BlobFacts


@dataclass(frozen=True, slots=True)
class Source:
    """A media file on this machine.

    `relative` is its path below the folder that was given, with `/` between the parts;
    `modified_ns` is its modification time in nanoseconds since the epoch.
    """

    path: Path
    relative: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file of which nothing can be made, and why.

    A name that is no text has its bytes written out. The size is 0 where it isn't known.
    """

    relative: str
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class BlobSource:
    """A media file that is a blob already, wherever it came from.

    `relative` is its path below the place that was given. The ETag changes with its content. `md5`
    is its stored Content-MD5, where it has one. `modified_ns` is when it was last changed, in
    nanoseconds since the epoch.
    """

    blob: str
    relative: str
    size: int
    etag: str
    modified_ns: int
    md5: bytes | None = None


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob as a listing shows it; `md5` is its stored Content-MD5, where it has one.

    `batchff` is what batchff wrote into its metadata, None for a blob of another program, and in a
    listing without metadata. `tier` is its access tier in lower case, which the answer to a
    download needn't say. One that `is_folder` only marks a folder.
    """

    name: str
    size: int
    modified: datetime
    md5: bytes | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    batchff: BlobFacts | None = None
    tier: str = field(default="", compare=False)
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class ContainerInfo:
    """A container; what becomes of the blobs in it doesn't change its `etag` and `modified`.

    `batchff` says whether batchff made it.
    """

    name: str
    modified: datetime
    etag: str
    metadata: Mapping[str, str]
    batchff: bool
