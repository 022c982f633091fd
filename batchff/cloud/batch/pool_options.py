"""A pool to make, and the images to make it of, between azure-batch's models and batchff's own."""

from __future__ import annotations

from azure.batch import models

from batchff.cloud.batch.models import enum_text, metadata_items
from batchff.cloud.batch.task_options import resource_file_document
from batchff.model.pools import Image, NewPool, PoolSpec, StartTask

_START_TASK_RETRIES = 2
_AZURE_REGISTRY = ".azurecr.io"


def pool_options(new: NewPool) -> models.BatchPoolCreateOptions:
    """Return what is asked of the service for a new pool."""
    spec = new.spec
    return models.BatchPoolCreateOptions(
        id=new.id,
        vm_size=spec.vm_size,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.BatchVmImageReference(
                publisher=new.image.publisher,
                offer=new.image.offer,
                sku=new.image.sku,
                version=new.image.version,
            ),
            node_agent_sku_id=new.image.agent,
            container_configuration=_container_configuration(spec),
        ),
        network_configuration=models.NetworkConfiguration(subnet_id=spec.subnet)
        if spec.subnet
        else None,
        enable_auto_scale=True,
        auto_scale_formula=new.formula,
        auto_scale_evaluation_interval=new.interval,
        task_slots_per_node=spec.slots,
        task_scheduling_policy=models.BatchTaskSchedulingPolicy(node_fill_type="spread"),
        start_task=start_task_options(new.start_task) if new.start_task else None,
        metadata=metadata_items(new.metadata),
    )


def supported_image(image: models.BatchSupportedImage) -> Image:
    """Return an image of the service's list in our terms."""
    reference = image.image_reference
    return Image(
        publisher=reference.publisher or "",
        offer=reference.offer or "",
        sku=reference.sku or "",
        version=reference.version or "latest",
        agent=image.node_agent_sku_id,
        verified=enum_text(image.verification_type) == "verified",
        capabilities=tuple(image.capabilities or ()),
        end_of_life=image.batch_support_end_of_life,
    )


def _container_configuration(spec: PoolSpec) -> models.BatchContainerConfiguration | None:
    """The image is fetched when a node starts, from an Azure registry with the pool's identity."""
    if not spec.container_image:
        return None
    registry = spec.container_image.partition("/")[0].lower()
    registries = None
    if spec.identity and registry.endswith(_AZURE_REGISTRY):
        identity = models.BatchNodeIdentityReference(resource_id=spec.identity)
        registries = [
            models.ContainerRegistryReference(registry_server=registry, identity_reference=identity)
        ]
    return models.BatchContainerConfiguration(
        type=models.ContainerType.DOCKER_COMPATIBLE,
        container_image_names=[spec.container_image],
        container_registries=registries,
    )


def start_task_options(start_task: StartTask) -> models.BatchStartTask:
    """Return a start task as the service takes it, for a new pool or one that exists."""
    user = models.AutoUserSpecification(
        scope="pool", elevation_level="admin" if start_task.admin else "nonadmin"
    )
    return models.BatchStartTask(
        command_line=start_task.command_line,
        resource_files=[
            models.ResourceFile(resource_file_document(file)) for file in start_task.resource_files
        ],
        wait_for_success=True,
        max_task_retry_count=_START_TASK_RETRIES,
        user_identity=models.UserIdentity(auto_user=user),
    )
