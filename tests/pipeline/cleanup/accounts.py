"""An account that a cleanup works in, and the other people who work in it at the same time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.stamp import stamp
from batchff.pipeline.cleanup.remove import remove
from batchff.pipeline.cleanup.scope import Found, Scope, find_in_scope
from tests.emulator.blob.servers import BlobServer
from tests.emulator.running import Connection
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer

SIZE = "Standard_D4s_v5"


@dataclass(frozen=True)
class Account:
    """batchff's own clients, and the SDK's for everybody else; containers of this test alone."""

    batch: Batch
    storage: Storage
    client: BatchClient
    blobs: BlobServiceClient
    inputs: str
    outputs: str

    @classmethod
    def of(cls, service: Connection, blobs: BlobServer) -> Account:
        name, credential = uuid4().hex, service.identity.batch
        return cls(
            Batch(service.batch_endpoint, AzureNamedKeyCredential(credential.name, credential.key)),
            StorageServer(blobs, "").storage(),
            service.client(),
            blobs.client(),
            f"in-{name}",
            f"out-{name}",
        )

    def find(self, scope: Scope = Scope(all=True)) -> Found:  # noqa: B008
        return find_in_scope(
            scope,
            input_container=self.inputs,
            output_container=self.outputs,
            batch=self.batch,
            storage=self.storage,
        )

    def remove(self, found: Found, reporter: Recorder | None = None) -> Recorder:
        """Clean up; waiting takes no time."""
        reporter = reporter or Recorder()
        remove(found, self.batch, self.storage, reporter, pause=lambda _: None)
        return reporter

    def make_job(
        self,
        name: str,
        pool: str = "no-pool",
        *,
        ours: bool = True,
        made: int = 0,
        retry_of: str = "",
    ) -> None:
        self.client.create_job(
            models.BatchJobCreateOptions(
                id=name,
                pool_info=models.BatchPoolInfo(pool_id=pool),
                metadata=_facts(ours, made, **({"first_job": retry_of} if retry_of else {})),
            )
        )

    def jobs(self) -> dict[str, int]:
        """The jobs that aren't going, and which making each is."""
        return {
            job.id: _made(job.metadata)
            for job in self.client.list_jobs()
            if job.state != models.BatchJobState.DELETING
        }

    def make_pool(
        self, name: str, *, ours: bool = True, made: int = 0, nodes: int = 0, job: str = ""
    ) -> None:
        self.client.create_pool(
            models.BatchPoolCreateOptions(
                id=name,
                vm_size=SIZE,
                virtual_machine_configuration=models.VirtualMachineConfiguration(
                    image_reference=models.BatchVmImageReference(
                        publisher="canonical", offer="ubuntu-24_04-lts", sku="server"
                    ),
                    node_agent_sku_id="batch.node.ubuntu 24.04",
                ),
                target_dedicated_nodes=nodes,
                metadata=_facts(ours, made, **({"job": job} if job else {})),
            )
        )

    def pools(self) -> dict[str, int]:
        """The pools that aren't going, and which making each is."""
        return {
            pool.id: _made(pool.metadata)
            for pool in self.client.list_pools()
            if pool.state != models.BatchPoolState.DELETING
        }

    def make_container(self, name: str, *, ours: bool = True) -> None:
        with suppress(ResourceExistsError):
            self.blobs.create_container(name, metadata=stamp() if ours else {})

    def put(self, container: str, name: str, *, ours: bool = True, made: int = 0) -> None:
        """Make or replace a blob; a job's script where it has the script's name."""
        facts = {"job": name.partition("/")[0]} if "/node/" in name else {}
        self.blobs.get_blob_client(container, name).upload_blob(
            b"media",
            overwrite=True,
            metadata={**(stamp(**facts) if ours else {}), "made": str(made)},
        )

    def stored(self, container: str) -> dict[str, int]:
        """A container's blobs, and which making each is."""
        try:
            blobs = list(self.blobs.get_container_client(container).list_blobs(include="metadata"))
        except ResourceNotFoundError:
            return {}
        return {blob.name: int(blob.metadata["made"]) for blob in blobs}

    def wipe(self) -> None:
        """Remove what a test has left."""
        for job in self.jobs():
            self.client.begin_delete_job(job, polling_interval=0).wait()
        for pool in self.pools():
            self.client.begin_delete_pool(pool, polling_interval=0).wait()
        for container in (self.inputs, self.outputs):
            try:
                self.blobs.delete_container(container)
            except HttpResponseError as error:
                if error.status_code != 404:
                    raise


def _facts(ours: bool, made: int, **facts: str) -> list[models.BatchMetadataItem]:
    facts = {**(stamp(**facts) if ours else {}), "made": str(made)}
    return [models.BatchMetadataItem(name=name, value=value) for name, value in facts.items()]


def _made(metadata: list[models.BatchMetadataItem] | None) -> int:
    return int(next(item.value for item in metadata or () if item.name == "made"))
