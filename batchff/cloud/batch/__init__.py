"""Azure Batch as the stages need it: pools, jobs and tasks in batchff's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff import __version__
from batchff.cloud.batch.jobs import Jobs
from batchff.cloud.batch.pools import Pools
from batchff.cloud.batch.tasks import TASKS_PER_REQUEST, Tasks
from batchff.cloud.http.retry_policies import BATCH
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.http.sdk_retries import SdkRetries
from batchff.cloud.http.transport import Transport
from batchff.cloud.sign_in.clouds import PUBLIC, cloud_at

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from batchff.cloud.management.client import FindAccount

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
        retrying: Retrying | None = None,
    ) -> None:
        retrying = retrying or Retrying()
        client = BatchClient(
            endpoint,
            credential,
            credential_scopes=[(cloud_at(endpoint) or PUBLIC).batch_scope],
            retry_policy=SdkRetries(BATCH, retrying),
            transport=Transport(),
            user_agent=f"batchff/{__version__}",
        )
        by_azures_key = isinstance(credential, AzureNamedKeyCredential) and cloud_at(endpoint)
        self.pools = Pools(client, managed, retrying, joins_subnets=not by_azures_key)
        self.jobs = Jobs(client)
        self.tasks = Tasks(client, retrying)
