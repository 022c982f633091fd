"""Make containers with batchff's stamp, once their name is free."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchff.cloud.http.retry_policies import CONTAINER_NAME
from batchff.cloud.http.retrying import Steps
from batchff.cloud.storage import Storage
from batchff.errors import ServiceError
from batchff.events import Notice
from batchff.model.stamp import stamp

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def ensure_container(
    name: str,
    storage: Storage,
    reporter: Reporter,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Make a container with batchff's stamp, unless it exists.

    Waits while one of that name is still being deleted, and reports that. Raises ServiceError when
    it takes minutes.
    """
    steps = Steps(CONTAINER_NAME, pause)
    reported = False
    while True:
        try:
            return storage.ensure_container(name, stamp())
        except ServiceError as error:
            if not steps.are_for(error.code) or steps.is_over:
                raise
        if not reported:
            reported = True
            reporter.report(
                Notice(f"container {name!r} is still being deleted: waiting for its name")
            )
        steps.wait()
