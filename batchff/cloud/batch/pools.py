"""Pools and their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from batchff.cloud.batch.models import enum_text, metadata_items, node_status, only_if, pool_status
from batchff.cloud.batch.polling import NEVER
from batchff.cloud.batch.pool_options import pool_options, start_task_options, supported_image
from batchff.cloud.errors import FILE_IS_NOT_THERE, error_code, expected_errors
from batchff.cloud.http.retry_policies import BATCH, POOL_CHANGE
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.http.sdk_retries import read_whole
from batchff.errors import ProfileError
from batchff.model.pools import Image, NewPool, NodeStatus, PoolSpec, PoolStatus, StartTask

if TYPE_CHECKING:
    from batchff.cloud.management.client import FindAccount


class Pools:
    """The pools of one Batch account; `managed` is the account as the management plane has it.

    `joins_subnets` says whether this way to sign in may link a pool to a network.
    """

    def __init__(
        self,
        client: BatchClient,
        managed: FindAccount | None,
        retrying: Retrying,
        *,
        joins_subnets: bool = True,
    ) -> None:
        self._client = client
        self._managed = managed
        self._retrying = retrying
        self._joins_subnets = joins_subnets

    def refuse_unmakeable(self, spec: PoolSpec) -> None:
        """Raise ProfileError for a pool that this way to sign in can't make.

        "To use an Azure virtual network, the Batch client API must use Microsoft Entra
        authentication" (Create an Azure Batch pool in a virtual network). A pool with an identity
        is made on the management plane, which takes nothing else.
        """
        if spec.subnet and not spec.identity and not self._joins_subnets:
            raise ProfileError(
                "with the Batch account's key no pool can be made in a subnet",
                hint="sign in with Entra ID: auth=entra in the profile; storage_auth=key keeps the "
                "storage account's key",
            )

    def create(self, new: NewPool) -> bool:
        """Ask for a pool; False where one of that id exists.

        Only the management plane can give a pool an identity. Where the account has none, the pools
        have their identities already: the emulator's get them when it starts.
        """
        self.refuse_unmakeable(new.spec)
        options = pool_options(new)
        found = self._managed() if new.spec.identity and self._managed else None
        if found is not None:
            management, account = found
            identity = new.spec.identity
            return management.create_pool(account, new.id, options.as_dict(), identity)
        with expected_errors(f"pool {new.id!r}"):
            try:
                self._client.create_pool(options)
            except ResourceExistsError:
                return False
            return True

    def images(self) -> Iterator[Image]:
        """Yield the Linux images that the service supports."""
        with expected_errors("listing images"):
            for image in self._client.list_supported_images():
                if enum_text(image.os_type) == "linux":
                    yield supported_image(image)

    def get(self, pool: str) -> PoolStatus | None:
        """Return a pool, or None where it doesn't exist."""
        with expected_errors(f"pool {pool!r}"):
            try:
                return pool_status(self._client.get_pool(pool))
            except ResourceNotFoundError:
                return None

    def scale(self, pool: str, formula: str, interval: timedelta) -> bool:
        """Give a pool another formula, which the service works out at once.

        Returns False, and changes nothing, if the pool got one a moment ago or is being resized.
        """
        with expected_errors(f"scaling pool {pool!r}"):
            options = models.BatchPoolEnableAutoScaleOptions(
                auto_scale_formula=formula, auto_scale_evaluation_interval=interval
            )
            try:
                self._client.enable_pool_auto_scale(pool, options)
            except HttpResponseError as error:
                if error_code(error) not in POOL_CHANGE.codes:
                    raise
                return False
            return True

    def resize(self, pool: str, nodes: int, spot: int) -> None:
        """Ask for so many nodes in a pool without a formula; one goes when its tasks are done."""
        with expected_errors(f"resizing pool {pool!r}"):
            options = models.BatchPoolResizeOptions(
                target_dedicated_nodes=nodes,
                target_low_priority_nodes=spot,
                node_deallocation_option="taskcompletion",
            )
            self._client.begin_resize_pool(pool, options, polling_interval=NEVER)

    def set_metadata(
        self, pool: str, metadata: Mapping[str, str], start_task: StartTask | None = None
    ) -> None:
        """Replace a pool's metadata, and its start task if one is given: new nodes run that."""
        with expected_errors(f"pool {pool!r}"):
            options = models.BatchPoolUpdateOptions(
                metadata=metadata_items(metadata),
                start_task=start_task_options(start_task) if start_task else None,
            )
            self._client.update_pool(pool, options)

    def all(self) -> Iterator[PoolStatus]:
        """Yield the account's pools."""
        with expected_errors("listing pools"):
            for pool in self._client.list_pools():
                yield pool_status(pool)

    def beginning(self, prefix: str) -> Iterator[PoolStatus]:
        """Yield the pools whose ids begin so; the prefix fits into an id."""
        with expected_errors("listing pools"):
            for pool in self._client.list_pools(filter=f"startswith(id,'{prefix}')"):
                yield pool_status(pool)

    def nodes(self, pool: str) -> list[NodeStatus]:
        """Return a pool's nodes; none where it doesn't exist."""
        with expected_errors(f"the nodes of pool {pool!r}"):
            try:
                return [node_status(node) for node in self._client.list_nodes(pool)]
            except ResourceNotFoundError:
                return []

    def delete(self, pool: str, *, etag: str = "") -> None:
        """Ask for a pool's deletion; one that doesn't exist, or is being deleted, is fine.

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
                ask = partial(self._client.download_node_file, pool, node, path)
                return read_whole(ask, BATCH, self._retrying)
            except HttpResponseError as error:
                if error.status_code in FILE_IS_NOT_THERE:
                    return None
                raise
