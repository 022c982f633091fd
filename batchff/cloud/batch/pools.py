"""Pools and their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from batchff.cloud.batch.models import metadata_items, node_status, only_if, pool_status
from batchff.cloud.batch.polling import NEVER
from batchff.cloud.errors import FILE_IS_NOT_THERE, error_code, expected_errors
from batchff.errors import ServiceError, UsageError
from batchff.model import NodeStatus, PoolSpec, PoolStatus


class Pools:
    """The pools of one Batch account."""

    def __init__(self, client: BatchClient) -> None:
        self._client = client

    def create(
        self,
        pool: str,
        spec: PoolSpec,
        *,
        formula: str,
        interval: timedelta,
        start_task: str,
        metadata: Mapping[str, str],
    ) -> bool:
        """Ask for a pool; False where one of that id exists.

        The service works `formula` out at once and then once in each `interval`. `start_task` is a
        command line that each node runs first, as its administrator.
        """
        with expected_errors(f"pool {pool!r}"):
            image = self._find_image(spec.image)
            options = models.BatchPoolCreateOptions(
                id=pool,
                vm_size=spec.vm_size,
                virtual_machine_configuration=models.VirtualMachineConfiguration(
                    image_reference=image.image_reference,
                    node_agent_sku_id=image.node_agent_sku_id,
                ),
                enable_auto_scale=True,
                auto_scale_formula=formula,
                auto_scale_evaluation_interval=interval,
                task_slots_per_node=spec.slots,
                task_scheduling_policy=models.BatchTaskSchedulingPolicy(node_fill_type="spread"),
                start_task=models.BatchStartTask(
                    command_line=start_task,
                    wait_for_success=True,
                    max_task_retry_count=2,
                    user_identity=models.UserIdentity(
                        auto_user=models.AutoUserSpecification(
                            scope="pool", elevation_level="admin"
                        )
                    ),
                ),
                metadata=metadata_items(metadata),
            )
            try:
                self._client.create_pool(options)
            except ResourceExistsError:
                return False
            return True

    def _find_image(self, name: str) -> models.BatchSupportedImage:
        publisher, _, rest = name.partition(":")
        offer, _, sku = rest.partition(":")
        if not sku:
            raise UsageError(
                f"{name!r} is no image", hint="an image is written as publisher:offer:sku"
            )
        wanted = (publisher.lower(), offer.lower(), sku.lower())
        for image in self._client.list_supported_images():
            reference = image.image_reference
            found = (reference.publisher, reference.offer, reference.sku)
            if tuple((part or "").lower() for part in found) == wanted:
                return image
        raise ServiceError(
            f"the Batch account has no image {name!r}",
            hint="take one of the service's supported images that has apt-get",
        )

    def get(self, pool: str) -> PoolStatus | None:
        """Return a pool, or None where it doesn't exist."""
        with expected_errors(f"pool {pool!r}"):
            try:
                return pool_status(self._client.get_pool(pool))
            except ResourceNotFoundError:
                return None

    def scale(self, pool: str, formula: str, interval: timedelta) -> None:
        """Give a pool another formula, to be worked out at once, unless it just had one."""
        with expected_errors(f"scaling pool {pool!r}"):
            options = models.BatchPoolEnableAutoScaleOptions(
                auto_scale_formula=formula, auto_scale_evaluation_interval=interval
            )
            try:
                # That it just had one is a 503, which isn't worth trying again.
                self._client.enable_pool_auto_scale(pool, options, retry_total=0)
            except HttpResponseError as error:
                if error_code(error) != "TooManyEnableAutoScaleRequests":
                    raise

    def all(self) -> Iterator[PoolStatus]:
        """Yield the account's pools."""
        with expected_errors("listing pools"):
            for pool in self._client.list_pools():
                yield pool_status(pool)

    def nodes(self, pool: str) -> list[NodeStatus]:
        """Return a pool's nodes; none where it doesn't exist."""
        with expected_errors(f"the nodes of pool {pool!r}"):
            try:
                return [node_status(node) for node in self._client.list_nodes(pool)]
            except ResourceNotFoundError:
                return []

    def delete(self, pool: str, *, etag: str = "") -> None:
        """Ask for a pool's end; one that isn't there, or is ending, is fine.

        With an ETag, one that has another stays: ServiceError, ConditionNotMet.
        """
        with expected_errors(f"deleting pool {pool!r}"):
            try:
                self._client.begin_delete_pool(pool, polling_interval=NEVER, **only_if(etag))
            except HttpResponseError as error:
                if error_code(error) not in ("PoolNotFound", "PoolBeingDeleted"):
                    raise

    def read_node_file(self, pool: str, node: str, path: str) -> bytes | None:
        """Return a small file of a node, or None where it isn't there (any more)."""
        with expected_errors(f"file {path!r} of node {node!r}"):
            try:
                return b"".join(self._client.download_node_file(pool, node, path))
            except HttpResponseError as error:
                if error.status_code in FILE_IS_NOT_THERE:
                    return None
                raise
