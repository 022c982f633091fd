"""Azure is far away: each request takes some time, in which the service goes on with its work."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import Any

from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport

REQUEST_SECONDS = 0.3
"""Four requests take longer than a pool is resized here, as they do there."""
ALLOCATION_TIME = "1s"


def take_time() -> None:
    """Let every request of Azure's clients in this process take that long."""
    send, asend = RequestsTransport.send, AioHttpTransport.send

    @functools.wraps(send)
    def slowly(*arguments: Any, **options: Any) -> Any:
        time.sleep(REQUEST_SECONDS)
        return send(*arguments, **options)

    @functools.wraps(asend)
    async def slowly_too(*arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(REQUEST_SECONDS)
        return await asend(*arguments, **options)

    RequestsTransport.send = slowly  # type: ignore[method-assign]
    AioHttpTransport.send = slowly_too  # type: ignore[method-assign]
