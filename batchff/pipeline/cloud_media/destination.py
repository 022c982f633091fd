"""Whether outputs can be written to a place that the user named, before anything is made there."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import commonprefix

from batchff.cloud.storage import Storage
from batchff.errors import InputError, UsageError
from batchff.model.items import Item
from batchff.model.places import BlobPlace
from batchff.pipeline.outputs import JobOutputs
from batchff.wording import counted, some_of

_SHOWN = 3


def outputs_among(source: BlobPlace, to: BlobPlace | None) -> BlobPlace | None:
    """Return where outputs go if that is below the sources: it isn't searched for media then.

    Raises UsageError where it's the same place: the next call would take outputs for sources.
    """
    if to is None or not source.holds(to):
        return None
    if to == source:
        raise UsageError(
            f"the outputs would lie among their sources in {source.address}",
            hint="choose another place with --to: a prefix below it is fine",
        )
    return to


def refuse_to_replace_sources(items: Iterable[Item], container: str, to: BlobPlace) -> None:
    """Raise InputError where an output would take the place of a source.

    `container` is the sources', and of the profile's own account, as where they go to is.
    """
    if container != to.container:
        return
    sources = {item.input_blob: item for item in items}
    for item in sources.values():
        for output in item.outputs:
            if output.blob in sources:
                raise InputError(
                    f"the output of {item.relative!r} would take the place of "
                    f"{sources[output.blob].relative!r}, which is a source",
                    hint="choose another place with --to",
                )


def refuse_to_replace_others(
    job: str, items: Iterable[Item], to: BlobPlace, storage: Storage
) -> None:
    """Raise InputError where an output would take the place of a blob that isn't the job's."""
    outputs = [output for item in items for output in item.outputs]
    own = JobOutputs(job, outputs)
    # What a listing has beside outputs is read for nothing.
    prefix = commonprefix([output.blob for output in outputs])
    taken = [
        blob.name
        for blob in storage.list_blobs(to.container, prefix, metadata=True)
        if own.names_blob(blob.name) and not own.has(blob)
    ]
    if taken:
        names = some_of([repr(name) for name in taken], _SHOWN)
        raise InputError(
            f"{counted(len(taken), 'blob')} in container {to.container!r} would be replaced, and "
            f"this job didn't make them: {names}",
            hint="choose another place with --to, or replace them with --overwrite",
        )
