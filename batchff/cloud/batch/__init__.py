"""Azure Batch as the stages need it: pools, jobs and tasks in batchff's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import BatchClient

from batchff import __version__
from batchff.cloud.batch.jobs import Jobs
from batchff.cloud.batch.pools import Pools
from batchff.cloud.batch.tasks import TASKS_PER_REQUEST, Tasks

if TYPE_CHECKING:
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential

    from batchff.cloud.management import FindAccount

__all__ = ["TASKS_PER_REQUEST", "Batch", "Jobs", "Pools", "Tasks"]


class Batch:
    """The pools, jobs and tasks of one Batch account.

    Their methods raise ServiceError, SignInError or NotFoundError.
    """

    def __init__(
        self,
        endpoint: str,
        credential: AzureNamedKeyCredential | TokenCredential,
        managed: FindAccount | None = None,
    ) -> None:
        client = BatchClient(
            endpoint,
            credential,
            retry_total=5,
            retry_connect=2,
            connection_timeout=10,
            user_agent=f"batchff/{__version__}",
        )
        self.pools = Pools(client, managed)
        self.jobs = Jobs(client)
        self.tasks = Tasks(client)
