"""Remove the chunks of films that are joined."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.items import Item
from batchff.pipeline.chunks.names import chunks_prefix
from batchff.pipeline.parallel import in_parallel


def remove_chunks(
    folder: str, container: str, items: Iterable[Item], done: Collection[str], storage: Storage
) -> int:
    """Remove what the chunks of films were encoded from, and the chunks; return how many blobs.

    Only those that one of the tasks that are `done` has joined. What can't be removed stays until
    the job's own cleanup.
    """
    joined = [
        task.id
        for item in items
        for task in item.tasks
        if task.depends_on and task.work and task.id in done
    ]
    removed = 0
    for task in joined:
        try:
            names = [
                blob.name for blob in storage.list_blobs(container, chunks_prefix(folder, task))
            ]
            outcomes = in_parallel(lambda name, _: storage.delete_blob(container, name), names)
            removed += sum(1 for _ in outcomes)
        except BatchffError:
            return removed
    return removed
