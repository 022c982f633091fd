"""Where a job's outputs are, and which of the blobs there are its own.

By default they are in the job's folder in the output container, where nobody else writes; those
that an earlier job made are in the earlier job's folder, and the plan names them. A place that the
user named may have anybody's blobs: of these, a job's own are those that its plan names and that
its nodes stamped. Neither alone would do: a copy keeps the stamp, a name can be taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from batchff.cloud.storage import Storage
from batchff.model.files import BlobInfo
from batchff.model.items import Output
from batchff.model.paths import folders_above
from batchff.model.places import BlobPlace, read_place
from batchff.pipeline.names import manifest_blob, media_prefix


@dataclass(frozen=True, slots=True)
class OutputPlace:
    """Where a job's outputs are; `job` is the first one, for a retry.

    The names of their blobs begin with `prefix`. One that `is_shared` may have others' blobs.
    """

    job: str
    container: str
    prefix: str
    is_shared: bool = False

    @property
    def address(self) -> str:
        """The place as people write it."""
        return BlobPlace(self.container, self.prefix.rstrip("/")).address


def output_place(job: str, container: str, to: BlobPlace | None = None) -> OutputPlace:
    """Return where a job's outputs are; `container` is the output container."""
    if to is None:
        return OutputPlace(job, container, media_prefix(job))
    return OutputPlace(job, to.container, to.below, is_shared=True)


def written_place(job: str, container: str, to: str) -> OutputPlace:
    """Return where a job's outputs are, by what its metadata say."""
    return output_place(job, container, read_place(to))


def shown_by(output: Output) -> str:
    """Return the blob by which an output is there: a folder's manifest comes last."""
    return manifest_blob(output.blob) if output.is_folder else output.blob


class JobOutputs:
    """The outputs of a job's plan: recognizes its blobs among others at the same place."""

    def __init__(self, job: str, outputs: Iterable[Output]) -> None:
        self._job = job
        self._files: dict[str, Output] = {}
        self._folders: set[str] = set()
        for output in outputs:
            self._files[shown_by(output)] = output
            if output.is_folder:
                self._folders.add(output.blob)

    def names_blob(self, blob: str) -> bool:
        """Return whether a blob's name is one of an output's, or of a file in one."""
        return blob in self._files or not self._folders.isdisjoint(folders_above(blob))

    def has(self, blob: BlobInfo) -> bool:
        """Return whether a blob is an output of this job, or a file in one."""
        facts = blob.batchff
        mine = facts is not None and facts.is_output and facts.job == self._job
        return mine and self.names_blob(blob.name)

    def apart_from_contents(self, blobs: Iterable[BlobInfo]) -> list[BlobInfo]:
        """Return one blob for each output, but for those of which there's no blob yet.

        A folder is there once its manifest is; what is in it is no output by itself.
        """
        return [blob for blob in blobs if self._folders.isdisjoint(folders_above(blob.name))]

    def output_of(self, blob: str) -> Output | None:
        """Return the output that is there once this blob is; None for a file in a folder."""
        return self._files.get(blob)


def list_outputs(
    place: OutputPlace, outputs: JobOutputs, storage: Storage, *, metadata: bool = False
) -> list[BlobInfo]:
    """Return the blobs of a job's outputs; where others have theirs too, only its own."""
    listing = storage.list_blobs(
        place.container, place.prefix, metadata=metadata or place.is_shared
    )
    if place.is_shared:
        return [blob for blob in listing if outputs.has(blob)]
    return [blob for blob in listing if blob.name != place.prefix]
