"""Find and delete batchff's blobs in a container, page by page, however many there are.

Outputs at a place that a user named are found by their job's plan alone, and deleted before it.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError, ServiceError
from batchff.model.files import BlobInfo
from batchff.model.places import BlobPlace, read_place
from batchff.pipeline.cleanup.needed import Needed
from batchff.pipeline.fingerprints import VERDICTS, read_verdict
from batchff.pipeline.job.graph import all_outputs
from batchff.pipeline.job.plan_blob import fetch_plan, plan_blob
from batchff.pipeline.names import job_prefix, node_prefix
from batchff.pipeline.outputs import JobOutputs
from batchff.pipeline.parallel import Done, StopFlag, in_parallel

CHANGED = "ConditionNotMet"
"""Both services' code for what has changed since it was listed."""

_REQUESTS_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class OutputsElsewhere:
    """A job whose outputs are at a place that its user named; its plan is in `container`.

    `version` is the plan's ETag. `own` are its outputs, once the plan was read.
    """

    job: str
    place: BlobPlace
    container: str
    version: str
    own: JobOutputs | None = None


@dataclass(frozen=True, slots=True)
class BlobSet:
    """batchff's blobs whose names begin with a prefix, as a listing showed them.

    `versions` has 8 bytes for each: a digest of its name and ETag; they are sorted. `others` counts
    the other blobs there. Blobs whose names begin with one of `spare`, and those `needed` by other
    jobs, are left out. With `verdicts_of`, it's only the verdicts of one job. With `outputs`,
    it's only the outputs of one job that are in it, at the place that its user named. `elsewhere`
    are the jobs with a plan in the set whose outputs are at such a place.
    """

    container: str
    prefix: str
    bytes: int
    others: int
    versions: array[int] = field(repr=False)
    spare: tuple[str, ...] = ()
    outputs: OutputsElsewhere | None = field(default=None, repr=False)
    elsewhere: tuple[OutputsElsewhere, ...] = ()
    needed: Needed = field(default=Needed(), repr=False)
    verdicts_of: str = ""
    still_needed: int = 0
    """How many blobs stay because other jobs need them."""

    def spares(self, blob: str) -> bool:
        """Return whether a blob of this name stays, whoever made it."""
        return blob.startswith(self.spare) or self.needed.has(blob)

    @property
    def count(self) -> int:
        """How many blobs these are."""
        return len(self.versions)

    @property
    def name(self) -> str:
        """The container and the prefix, for people."""
        return f"{self.container}/{self.prefix}"

    def has(self, blob: BlobInfo) -> bool:
        """Return whether the listing showed this very version of a blob."""
        version = _version(blob)
        place = bisect_left(self.versions, version)
        return place < len(self.versions) and self.versions[place] == version


@dataclass(slots=True)
class Deletions:
    """How many blobs of a set were deleted, were made or changed since, or could not be deleted."""

    deleted: int = 0
    changed: int = 0
    failures: list[BatchffError] = field(default_factory=list)
    """The first refusal of each kind."""
    failed: int = 0

    def count_failure(self, error: BatchffError) -> None:
        """Count a blob that could not be deleted, unless it has changed."""
        code = error.code if isinstance(error, ServiceError) else ""
        if code == CHANGED:
            # Some services say this of a blob that is gone, too; what is left is counted later.
            return
        self.failed += 1
        if all(getattr(known, "code", "") != code for known in self.failures):
            self.failures.append(error)


def find_blobs(
    container: str,
    storage: Storage,
    prefix: str = "",
    *,
    spare: tuple[str, ...] = (),
    needed: Needed | None = None,
) -> BlobSet:
    """Return batchff's blobs whose names begin with `prefix`, and with none of `spare`.

    Those that other jobs need aren't among them.
    """
    return find_again(
        BlobSet(container, prefix, 0, 0, array("Q"), spare, needed=needed or Needed()), storage
    )


def find_verdicts(container: str, job: str, needed: Needed, storage: Storage) -> BlobSet:
    """Return the verdicts of a job."""
    scope = BlobSet(container, VERDICTS, 0, 0, array("Q"), needed=needed, verdicts_of=job)
    return find_again(scope, storage)


def find_outputs(elsewhere: OutputsElsewhere, storage: Storage) -> BlobSet:
    """Return a job's own blobs at the place that its user named for its outputs."""
    place, job = elsewhere.place, elsewhere.job
    own = JobOutputs(job, all_outputs(fetch_plan(job, elsewhere.container, storage)))
    outputs = replace(elsewhere, own=own)
    return find_again(BlobSet(place.container, place.below, 0, 0, array("Q"), (), outputs), storage)


def find_again(scope: BlobSet, storage: Storage) -> BlobSet:
    """Return the same set as a listing shows it now."""
    versions = array("Q")
    size = others = still_needed = 0
    elsewhere = []
    for blob, ours in _judged(scope, storage):
        if not ours or scope.spares(blob.name):
            others += 1
            still_needed += ours and scope.needed.has(blob.name)
            continue
        versions.append(_version(blob))
        size += blob.size
        if blob.batchff and (place := read_place(blob.batchff.to)):
            job = blob.batchff.job
            elsewhere.append(OutputsElsewhere(job, place, scope.container, blob.etag))
    return replace(
        scope,
        bytes=size,
        others=others,
        versions=array("Q", sorted(versions)),
        elsewhere=tuple(elsewhere),
        still_needed=still_needed,
    )


def delete_blobs(blobs: BlobSet, storage: Storage, *, ended: Collection[str] = ()) -> Deletions:
    """Delete the blobs of a set that haven't changed; one that can't be deleted stops no other.

    `ended` are the folders of jobs that ran when the set was listed: what their nodes have sent
    since is deleted too, unless a job of that name was made again.

    The blobs that mark a job's folder as batchff's are deleted last, and only where nothing else of
    batchff's is left in it: so a cleanup that was stopped can be given again.
    """
    deletions = Deletions()
    folders, takes_late = set[str](), False
    if blobs.outputs is None:
        folders = {job for job in ended if _is_unchanged(job, blobs, storage)}
    elif blobs.outputs.job in ended:
        takes_late = _has_its_plan(blobs.outputs, storage)

    def is_going(blob: BlobInfo) -> bool:
        if _is_mark(blob) or blobs.spares(blob.name):
            return False
        return takes_late or blobs.has(blob) or _folder(blob) in folders

    going = (blob for blob, ours in _judged(blobs, storage) if ours and is_going(blob))
    _delete(going, blobs.container, storage, deletions)
    _delete(_idle_marks(blobs, storage, deletions), blobs.container, storage, deletions)
    return deletions


def _has_its_plan(outputs: OutputsElsewhere, storage: Storage) -> bool:
    """Return whether a job's plan is the one that the set's listing showed."""
    try:
        plan = storage.blob_info(outputs.container, plan_blob(outputs.job))
    except NotFoundError:
        return False
    return plan.etag == outputs.version


def _is_unchanged(job: str, blobs: BlobSet, storage: Storage) -> bool:
    """Return whether a job's marks are those that the set's listing showed."""
    marks = list(_marks(job, blobs.container, storage))
    return bool(marks) and all(blobs.has(mark) for mark in marks)


def _delete(
    going: Iterator[BlobInfo], container: str, storage: Storage, deletions: Deletions
) -> None:
    def delete(blob: BlobInfo, _stop: StopFlag) -> None:
        storage.delete_blob(container, blob.name, etag=blob.etag)

    for outcome in in_parallel(delete, going, at_a_time=_REQUESTS_AT_A_TIME):
        if isinstance(outcome, Done):
            deletions.deleted += 1
        else:
            deletions.count_failure(outcome.error)


def _idle_marks(blobs: BlobSet, storage: Storage, deletions: Deletions) -> Iterator[BlobInfo]:
    """Yield the marks of folders without another blob of ours; count blobs that changed."""
    folder, marks, is_idle = "", list[BlobInfo](), True
    for blob, ours in _judged(blobs, storage):
        if _folder(blob) != folder:
            yield from marks if is_idle else ()
            folder, marks, is_idle = _folder(blob), [], True
        if _is_mark(blob) and blobs.has(blob):
            marks.append(blob)
        elif ours:
            is_idle = False
            deletions.changed += not (blobs.has(blob) or blobs.spares(blob.name))
    yield from marks if is_idle else ()


def _judged(scope: BlobSet, storage: Storage) -> Iterator[tuple[BlobInfo, bool]]:
    """Yield blobs, and whether each is batchff's: it's stamped, or in the folder of a stamped job.

    What nodes send to a job's folder is marked by the job's script there, not by a stamp of its
    own: a copy elsewhere would keep that. Outputs at a place that a user named are stamped as such:
    they are only found by their job's plan.
    """
    folder, is_marked = "", False
    for blob in storage.list_blobs(scope.container, scope.prefix, metadata=True):
        if scope.outputs is not None:
            yield blob, scope.outputs.own is not None and scope.outputs.own.has(blob)
            continue
        verdict = read_verdict(blob.name)
        if verdict is not None:
            if scope.verdicts_of in ("", verdict.job):
                yield blob, blob.batchff is not None
            continue
        if blob.batchff and not blob.batchff.made:
            yield blob, not blob.batchff.is_output
            continue
        if _folder(blob) != folder:
            folder = _folder(blob)
            is_marked = any(_marks(folder, scope.container, storage))
        yield blob, is_marked and blob.name.startswith(job_prefix(folder))


def _marks(folder: str, container: str, storage: Storage) -> Iterator[BlobInfo]:
    listing = storage.list_blobs(container, node_prefix(folder), metadata=True)
    return (blob for blob in listing if _is_mark(blob))


def _is_mark(blob: BlobInfo) -> bool:
    job = blob.batchff.job if blob.batchff and not blob.batchff.is_output else ""
    return job != "" and blob.name.startswith(node_prefix(job))


def _folder(blob: BlobInfo) -> str:
    return blob.name.partition("/")[0]


def _version(blob: BlobInfo) -> int:
    digest = hashlib.blake2b(f"{blob.name}\0{blob.etag}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
