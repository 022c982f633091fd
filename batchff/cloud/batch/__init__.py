"""Azure Batch as the stages need it: pools, jobs and tasks in batchff's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.policies import SansIOHTTPPolicy

from batchff import __version__
from batchff.cloud.batch.jobs import Jobs
from batchff.cloud.batch.pools import Pools
from batchff.cloud.batch.tasks import TASKS_PER_REQUEST, Tasks
from batchff.cloud.clouds import PUBLIC, cloud_at
from batchff.cloud.transport import Transport

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline import PipelineRequest
    from azure.core.rest import HttpRequest

    from batchff.cloud.management import FindAccount

_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"})

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
            credential_scopes=[(cloud_at(endpoint) or PUBLIC).batch_scope],
            retry_total=5,
            retry_connect=2,
            transport=Transport(),
            per_call_policies=[_Repeatable()],
            user_agent=f"batchff/{__version__}",
        )
        by_azures_key = isinstance(credential, AzureNamedKeyCredential) and cloud_at(endpoint)
        self.pools = Pools(client, managed, joins_subnets=not by_azures_key)
        self.jobs = Jobs(client)
        self.tasks = Tasks(client)


class _Repeatable(SansIOHTTPPolicy["HttpRequest", object]):
    """Lets any request be sent again after its connection broke, not only a GET or a PUT.

    A service closes connections that were idle, perhaps just when a request is on its way. All
    that batchff makes has an id of its own, so the second answer says that it stands.
    """

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.context.options.setdefault("retry_on_methods", _METHODS)
