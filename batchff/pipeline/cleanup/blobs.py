"""Blobs of batchff's in a container: found and deleted page by page, however many there are."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, ServiceError
from batchff.model.files import BlobInfo
from batchff.pipeline.names import job_prefix, node_prefix
from batchff.pipeline.parallel import Done, StopFlag, in_parallel

CHANGED = "ConditionNotMet"
"""Both services' code for what isn't any more as it was when it was listed."""

_REQUESTS_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class BlobSet:
    """The blobs of batchff's whose names begin with a prefix, as a listing showed them.

    `versions` has 8 bytes for each, a digest of its name and ETag, in order. `others` counts the
    blobs beside them that aren't batchff's. What begins with a prefix of `spare` isn't among them.
    """

    container: str
    prefix: str
    bytes: int
    others: int
    versions: array[int] = field(repr=False)
    spare: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.versions)

    @property
    def name(self) -> str:
        return f"{self.container}/{self.prefix}"

    def has(self, blob: BlobInfo) -> bool:
        """Say whether the listing showed this very version of a blob."""
        version = _version(blob)
        place = bisect_left(self.versions, version)
        return place < len(self.versions) and self.versions[place] == version


@dataclass(slots=True)
class Swept:
    """What became of the blobs of a set: deleted, made or changed since, or refused."""

    deleted: int = 0
    changed: int = 0
    failures: list[BatchffError] = field(default_factory=list)
    """The first refusal of each kind."""
    failed: int = 0

    def count_failure(self, error: BatchffError) -> None:
        code = error.code if isinstance(error, ServiceError) else ""
        if code == CHANGED:
            return  # or gone, which some services say so as well: what is left will be seen
        self.failed += 1
        if all(getattr(known, "code", "") != code for known in self.failures):
            self.failures.append(error)


def find_blobs(
    container: str, storage: Storage, prefix: str = "", *, spare: tuple[str, ...] = ()
) -> BlobSet:
    """Return the blobs of batchff's whose names begin with `prefix` and with none to `spare`."""
    versions = array("Q")
    size = others = 0
    for blob, ours in _judged(container, storage, prefix):
        if ours and not blob.name.startswith(spare):
            versions.append(_version(blob))
            size += blob.size
        else:
            others += 1
    return BlobSet(container, prefix, size, others, array("Q", sorted(versions)), spare)


def sweep(blobs: BlobSet, storage: Storage, *, ended: Collection[str] = ()) -> Swept:
    """Delete the blobs of a set that are as they were; one that can't be doesn't stop the others.

    `ended` are the folders of jobs that ran when the set was listed: what their nodes have sent
    since goes too, unless a job of that name was made again.

    What marks a job's folder as batchff's goes last, and only from a folder that's empty otherwise:
    a cleanup that was cut off can be given again.
    """
    swept = Swept()
    folders = {job for job in ended if _is_unchanged(job, blobs, storage)}

    going = (
        blob
        for blob, ours in _judged(blobs.container, storage, blobs.prefix)
        if ours and not _is_mark(blob) and (blobs.has(blob) or _folder(blob) in folders)
    )
    _delete(going, blobs.container, storage, swept)
    _delete(_idle_marks(blobs, storage, swept), blobs.container, storage, swept)
    return swept


def _is_unchanged(job: str, blobs: BlobSet, storage: Storage) -> bool:
    """Say whether a job's marks are those that the set's listing showed."""
    marks = list(_marks(job, blobs.container, storage))
    return bool(marks) and all(blobs.has(mark) for mark in marks)


def _delete(going: Iterator[BlobInfo], container: str, storage: Storage, swept: Swept) -> None:
    def delete(blob: BlobInfo, _stop: StopFlag) -> None:
        storage.delete_blob(container, blob.name, etag=blob.etag)

    for outcome in in_parallel(delete, going, at_a_time=_REQUESTS_AT_A_TIME):
        if isinstance(outcome, Done):
            swept.deleted += 1
        else:
            swept.count_failure(outcome.error)


def _idle_marks(blobs: BlobSet, storage: Storage, swept: Swept) -> Iterator[BlobInfo]:
    """Yield the marks of the folders in which nothing else of batchff's is left; count the rest."""
    folder, marks, is_idle = "", list[BlobInfo](), True
    for blob, ours in _judged(blobs.container, storage, blobs.prefix):
        if _folder(blob) != folder:
            yield from marks if is_idle else ()
            folder, marks, is_idle = _folder(blob), [], True
        if _is_mark(blob) and blobs.has(blob):
            marks.append(blob)
        elif ours:
            is_idle = False
            swept.changed += not (blobs.has(blob) or blob.name.startswith(blobs.spare))
    yield from marks if is_idle else ()


def _judged(container: str, storage: Storage, prefix: str) -> Iterator[tuple[BlobInfo, bool]]:
    """Yield blobs, and whether each is batchff's: stamped, or in the folder of a job that is.

    Outputs are sent by nodes, which stamp nothing: what marks them is the job's script beside them.
    """
    folder, is_marked = "", False
    for blob in storage.list_blobs(container, prefix, metadata=True):
        if blob.batchff:
            yield blob, True
            continue
        if _folder(blob) != folder:
            folder = _folder(blob)
            is_marked = any(_marks(folder, container, storage))
        yield blob, is_marked and blob.name.startswith(job_prefix(folder))


def _marks(folder: str, container: str, storage: Storage) -> Iterator[BlobInfo]:
    listing = storage.list_blobs(container, node_prefix(folder), metadata=True)
    return (blob for blob in listing if _is_mark(blob))


def _is_mark(blob: BlobInfo) -> bool:
    job = blob.batchff.job if blob.batchff else ""
    return job != "" and blob.name.startswith(node_prefix(job))


def _folder(blob: BlobInfo) -> str:
    return blob.name.partition("/")[0]


def _version(blob: BlobInfo) -> int:
    digest = hashlib.blake2b(f"{blob.name}\0{blob.etag}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
