"""Containers: made and stamped, once their name is free."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import ServiceError
from batchff.events import Notice
from batchff.pipeline.stamp import stamp
from batchff.pipeline.waiting import Patience

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

# "When a container is deleted, a container with the same name can't be created for at least 30
# seconds" (Delete Container); the more blobs it had the longer.
_PATIENCE = 300.0
_SECONDS_BETWEEN_TRIES = 3.0


def ensure_container(
    name: str,
    storage: Storage,
    reporter: Reporter,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Make a container with batchff's stamp, unless it's there.

    One of that name that is still being deleted is waited for, and told of; ServiceError is raised
    when it takes minutes.
    """
    patience = Patience(_PATIENCE, step=_SECONDS_BETWEEN_TRIES, pause=pause)
    told = False
    while True:
        try:
            return storage.ensure_container(name, stamp())
        except ServiceError as error:
            if error.code != "ContainerBeingDeleted" or patience.is_over:
                raise
        if not told:
            told = True
            reporter.report(
                Notice(f"container {name!r} is still being deleted: waiting for its name")
            )
        patience.wait()
