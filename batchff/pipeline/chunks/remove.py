"""Remove the chunks of films that are joined."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.items import Item
from batchff.pipeline.chunks.names import all_chunks_prefix, chunks_prefix
from batchff.pipeline.job.graph import joins_film
from batchff.pipeline.parallel import in_parallel


def remove_chunks(
    folder: str, container: str, items: Iterable[Item], done: Collection[str], storage: Storage
) -> int:
    """Remove what the chunks of films were encoded from, and the chunks; return how many blobs.

    Only those that one of the tasks that are `done` has joined. What can't be removed stays until
    the job's own cleanup.
    """
    joined = [
        task.id for item in items for task in item.tasks if joins_film(task) and task.id in done
    ]
    return sum(_remove(container, chunks_prefix(folder, task), storage) for task in joined)


def remove_all_chunks(folder: str, container: str, storage: Storage) -> int:
    """Remove what is left of the chunks of a job all of whose films are joined."""
    return _remove(container, all_chunks_prefix(folder), storage)


def _remove(container: str, prefix: str, storage: Storage) -> int:
    try:
        names = [blob.name for blob in storage.list_blobs(container, prefix)]
        outcomes = in_parallel(lambda name, _: storage.delete_blob(container, name), names)
        return sum(1 for _ in outcomes)
    except BatchffError:
        return 0  # they stay until the job's own cleanup
